import type Docker from 'dockerode';
import type { WorkspaceLimits } from '@spt-flow/shared/domain/workspace-settings';
import type { EngineLimits } from '../engine/engine-kind.ts';

/** Limitable is what the engine can limit, and whether its storage driver can as well. */
export interface Limitable extends EngineLimits {
  readonly disk: boolean;
}

/** limitOptions asks for limits of a container; engines refuse those that they can't keep. */
export function limitOptions(
  { processes, cpus, memoryBytes, diskBytes }: WorkspaceLimits,
  limitable: Limitable,
): Docker.HostConfig {
  return {
    ...(limitable.processes && { PidsLimit: processes }),
    ...(limitable.cpus && { NanoCpus: Math.floor(cpus * 1e9) }),
    // As much as memory alone: no swap.
    ...(limitable.memory && { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(limitable.disk && { StorageOpt: { size: String(diskBytes) } }),
  };
}
