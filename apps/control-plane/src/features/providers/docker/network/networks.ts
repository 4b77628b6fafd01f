import { AppError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';
import type { WorkspaceSpec } from '../../provider.ts';
import { hasStatus, isOutOfDisk, unlessMissing, wordsOf, type Engine } from '../engine/engine.ts';
import { carries, LABELS, labelsOf } from '../../labels.ts';
import { filtersFor } from '../engine/label-filters.ts';
import { createWithOwnSubnet, isOutOfAddresses } from './own-subnets.ts';

const NetworkSchema = z.object({
  IPAM: z.object({
    Config: z.array(z.object({ Gateway: z.string().optional(), Subnet: z.string().optional() })),
  }),
});
const NetworksSchema = z.array(
  z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()).nullish() }),
);

/** Podman has no status for it but that of its own failures. */
function isTaken(error: unknown): boolean {
  return hasStatus(error, 409) || /network already exists/.test(wordsOf(error));
}

function isInUse(error: unknown): boolean {
  return hasStatus(error, 403) || /network is being used/.test(wordsOf(error));
}

export interface Network {
  readonly name: string;
  /** This machine's address in it. */
  readonly gateway: string | undefined;
  /** Addresses of those in it, such as `172.20.0.0/16`. */
  readonly subnet: string | undefined;
}

/**
 * Networks keep projects apart: containers of one project meet, and nobody else. A workspace with an egress list has a
 * network of its own, which leads nowhere; one with services has a network of its own too.
 */
export interface Networks {
  /** Makes the network unless it is there. */
  ensure(spec: WorkspaceSpec): Promise<Network>;
  /** Removes those of the project in which no container is left. */
  release(projectId: string): Promise<void>;
}

/** Names of services, such as "db", are the same in many workspaces of a project. */
function isOfProject({ settings, container }: WorkspaceSpec): boolean {
  return settings.egress === null && (container?.services.length ?? 0) === 0;
}

export function createNetworks({ api, isElsewhere }: Engine, installationId: string): Networks {
  async function find(name: string): Promise<Network | undefined> {
    const found = await unlessMissing(api.getNetwork(name).inspect());
    if (found === undefined) return undefined;
    const parts = NetworkSchema.parse(found).IPAM.Config;
    const part = parts.find(({ Gateway }) => Gateway?.includes('.'));
    return { name, gateway: part?.Gateway, subnet: part?.Subnet };
  }

  async function create(name: string, spec: WorkspaceSpec): Promise<void> {
    const options = {
      Name: name,
      Driver: 'bridge',
      CheckDuplicate: true,
      Internal: spec.settings.egress !== null,
      Labels: { ...labelsOf({ installation: installationId, project: spec.projectId }) },
    };
    try {
      await api.createNetwork(options).catch((error: unknown) => {
        if (!isOutOfAddresses(error)) throw error;
        return createWithOwnSubnet({ api, isElsewhere }, options);
      });
    } catch (error) {
      // Another workspace of the project has just made it.
      if (isTaken(error)) return;
      if (isOutOfDisk(wordsOf(error))) throw error;
      throw new AppError(
        'workspace_start_failed',
        `The network of the project could not be made (${wordsOf(error)}). Where the engine has no addresses left, give it more with "default-address-pools"`,
        { cause: error },
      );
    }
  }

  return {
    async ensure(spec) {
      const suffix = isOfProject(spec) ? spec.projectId : spec.workspaceId;
      const name = `spt-flow-${installationId.slice(0, 8)}-${suffix}`;
      const present = await find(name);
      if (present) return present;
      await create(name, spec);
      return (await find(name)) ?? { name, gateway: undefined, subnet: undefined };
    },

    async release(projectId) {
      const labels = { [LABELS.installation]: installationId, [LABELS.project]: projectId };
      const filters = filtersFor(labels);
      const found = NetworksSchema.parse(await api.listNetworks({ filters }));
      for (const { Id: id } of found.filter((one) => carries(one.Labels ?? {}, labels))) {
        try {
          await unlessMissing(api.getNetwork(id).remove());
        } catch (error) {
          // Another workspace of the project is in it.
          if (!isInUse(error)) throw error;
        }
      }
    },
  };
}
