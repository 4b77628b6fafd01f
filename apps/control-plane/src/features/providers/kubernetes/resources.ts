import type { WorkspaceLimits } from '@spt-flow/shared/domain/workspace-settings';
import type { Toleration } from './settings.ts';

const MIB = 1024 * 1024;
/** Nodes hold more workspaces than could all work at once; memory can't be taken back from those that do. */
const REQUESTED_CPUS = 1 / 4;
const REQUESTED_MEMORY = 1 / 2;
/** What may be written outside of the volume: people's files are in it. */
const EPHEMERAL_SHARE = 1 / 2;
/** The agent's executable, and logs. */
const REQUESTED_EPHEMERAL_BYTES = 512 * MIB;
const TMP_SHARE = 1 / 4;
/** Also the taint of nodes that have them, so that nothing else fills those. */
const GPUS = 'nvidia.com/gpu';

/** resourcesOf asks a cluster for what the size of a workspace permits; it gives each GPU to one container only. */
export function resourcesOf({ cpus, memoryBytes, diskBytes }: WorkspaceLimits, gpus = 0) {
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
      ...(gpus > 0 && { [GPUS]: String(gpus) }),
    },
  };
}

export function gpuTolerations(gpus: number): Toleration[] {
  return gpus === 0 ? [] : [{ key: GPUS, operator: 'Exists' }];
}

export function tmpBytesOf({ diskBytes }: Pick<WorkspaceLimits, 'diskBytes'>): number {
  return Math.floor(diskBytes * TMP_SHARE);
}
