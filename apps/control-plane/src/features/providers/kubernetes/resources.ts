import type { WorkspaceLimits } from '@spt-flow/shared/domain/workspace-settings';

const MIB = 1024 * 1024;
/** Nodes hold more workspaces than could all work at once; memory can't be taken back from those that do. */
const REQUESTED_CPUS = 1 / 4;
const REQUESTED_MEMORY = 1 / 2;
/** What may be written outside of the volume: people's files are in it. */
const EPHEMERAL_SHARE = 1 / 2;
/** The agent's executable, and logs. */
const REQUESTED_EPHEMERAL_BYTES = 512 * MIB;
const TMP_SHARE = 1 / 4;

/** resourcesOf asks a cluster for what the size of a workspace permits. */
export function resourcesOf({ cpus, memoryBytes, diskBytes }: WorkspaceLimits) {
  return {
    requests: {
      cpu: `${Math.ceil(cpus * REQUESTED_CPUS * 1_000)}m`,
      memory: String(Math.ceil(memoryBytes * REQUESTED_MEMORY)),
      'ephemeral-storage': String(REQUESTED_EPHEMERAL_BYTES),
    },
    limits: {
      cpu: `${Math.ceil(cpus * 1_000)}m`,
      memory: String(memoryBytes),
      'ephemeral-storage': String(Math.floor(diskBytes * EPHEMERAL_SHARE)),
    },
  };
}

export function tmpBytesOf({ diskBytes }: Pick<WorkspaceLimits, 'diskBytes'>): number {
  return Math.floor(diskBytes * TMP_SHARE);
}
