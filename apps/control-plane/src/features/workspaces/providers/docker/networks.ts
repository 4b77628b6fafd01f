import { AppError } from '@spt-flow/shared/domain/errors';
import { hasStatus, unlessMissing, wordsOf, type Engine } from './engine.ts';
import { labelsOf } from './labels.ts';

/** Networks keep projects apart: containers of one project meet, and nobody else. */
export interface Networks {
  /** Makes the project's network unless it is there; returns its name. */
  ensure(projectId: string): Promise<string>;
  /** Removes it once no container is in it. */
  release(projectId: string): Promise<void>;
}

export function createNetworks({ api }: Engine, installationId: string): Networks {
  const nameOf = (projectId: string) => `spt-flow-${installationId.slice(0, 8)}-${projectId}`;

  return {
    async ensure(projectId) {
      const name = nameOf(projectId);
      if (await unlessMissing(api.getNetwork(name).inspect())) return name;
      try {
        await api.createNetwork({
          Name: name,
          Driver: 'bridge',
          CheckDuplicate: true,
          Labels: { ...labelsOf({ installation: installationId, project: projectId }) },
        });
      } catch (error) {
        if (hasStatus(error, 409)) return name;
        throw new AppError(
          'workspace_start_failed',
          `The network of the project could not be made (${wordsOf(error)}). Where the engine has no addresses left, give it more with "default-address-pools"`,
          { cause: error },
        );
      }
      return name;
    },

    async release(projectId) {
      try {
        await unlessMissing(api.getNetwork(nameOf(projectId)).remove());
      } catch (error) {
        // 403: another workspace of the project is in it.
        if (!hasStatus(error, 403)) throw error;
      }
    },
  };
}
