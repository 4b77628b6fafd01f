import type { Workspace } from '@spt-flow/shared/api/workspaces';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { ChoosablePlace } from '@spt-flow/shared/domain/places';
import type { ProjectsService } from '../projects/index.ts';
import type { Blueprint, Workspaces } from '../workspaces/index.ts';
import type { Manifest } from './manifest.ts';
import type { SnapshotCall } from './snapshot-call.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import type { SnapshotsRepository } from './snapshots-repository.ts';

export interface NewWorkspacesDeps {
  readonly repository: Pick<SnapshotsRepository, 'hasTemplate'>;
  readonly store: Pick<SnapshotStore, 'parts'>;
  readonly workspaces: Pick<Workspaces['service'], 'find' | 'get' | 'start'>;
  readonly copies: Pick<Workspaces['copies'], 'fill'>;
  readonly places: Pick<Workspaces['places'], 'choose' | 'hindrance'>;
  readonly projects: Pick<ProjectsService, 'store' | 'announce' | 'remove'>;
}

interface Source {
  /** Of the copy on the disk. */
  readonly id: string;
  readonly manifest: Manifest;
  /** False: somebody sent it, who may have written anything into it. */
  readonly isOurs: boolean;
  readonly name: string;
  /** Where it is to run; undefined: where the files come from. */
  readonly provider?: ChoosablePlace | undefined;
}

export type NewWorkspaces = ReturnType<typeof createNewWorkspaces>;

/** createNewWorkspaces makes a project with a workspace that has the files of a backup, and starts it. */
export function createNewWorkspaces(deps: NewWorkspacesDeps) {
  const { workspaces, projects, copies, store } = deps;

  async function blueprintOf(
    organizationId: string,
    { template, settings, startScript }: Manifest,
  ): Promise<Blueprint> {
    const isKnown =
      template !== null && (await deps.repository.hasTemplate(organizationId, template.id));
    return {
      ...{ settings, startScript, nextStart: null },
      templateId: isKnown ? template.id : null,
      templateVersion: isKnown ? template.version : null,
      values: template?.values ?? {},
    };
  }

  /** Undefined: where new ones run. What somebody sends gets no place that people can't choose. */
  async function placeOf({ manifest, isOurs, provider }: Source) {
    const before = manifest.workspace.provider;
    const { places } = deps;
    if (isOurs && (provider ?? before) === before) return before;
    if (provider !== undefined) return places.choose({ wanted: provider, byTemplate: null });
    const isOpen = !(await places.hindrance({ wanted: before, byTemplate: null }));
    return isOpen ? before : undefined;
  }

  return {
    async create(call: SnapshotCall, source: Source): Promise<Workspace> {
      const { id, manifest, name } = source;
      const { principal, correlationId } = call;
      const { organizationId } = principal;
      const { repositoryUrl } = manifest;
      const { row: project, workspaceId } = await projects.store(
        principal,
        {
          ...{ name, provider: await placeOf(source), isFilled: true },
          ...(repositoryUrl !== null && { repositoryUrl }),
          blueprint: await blueprintOf(organizationId, manifest),
        },
        correlationId,
      );
      try {
        const row = await workspaces.find(organizationId, workspaceId);
        await copies.fill(row, store.parts(id, manifest));
      } catch (error) {
        await projects.remove(
          principal,
          { handle: project.id, confirmName: project.name },
          correlationId,
        );
        throw error;
      }
      await projects.announce(project.id);
      return start(call, workspaceId);
    },
  };

  /** It is there, whether it may run right now or not. */
  async function start(call: SnapshotCall, workspaceId: string): Promise<Workspace> {
    const { principal, correlationId } = call;
    return workspaces.start(principal, workspaceId, correlationId).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'limit_reached')
        return workspaces.get(principal, workspaceId);
      throw error;
    });
  }
}
