import { SIZE_LIMITS, type WorkspaceLimits } from '@spt-flow/shared/domain/workspace-settings';
import type { WorkspaceSpec } from './provider.ts';

/** Upper bounds of the installation, whatever size a workspace has. */
export interface LimitCaps extends Partial<Pick<WorkspaceLimits, 'cpus' | 'memoryBytes'>> {
  /** Graphics processors; absent: none. */
  readonly gpus?: number;
}

/** What the workspace's own container has of everything, where there are services beside it. */
const OWN_SHARE = 1 / 2;

/** limitsOf divides what the size of a workspace permits: half for its own container, the rest among its services. */
export function limitsOf(
  { settings, container }: Pick<WorkspaceSpec, 'settings' | 'container'>,
  caps: LimitCaps,
): { own: WorkspaceLimits; service: WorkspaceLimits } {
  const size = SIZE_LIMITS[settings.size];
  const all = {
    ...size,
    cpus: Math.min(size.cpus, caps.cpus ?? size.cpus),
    memoryBytes: Math.min(size.memoryBytes, caps.memoryBytes ?? size.memoryBytes),
  };
  const count = container?.services.length ?? 0;
  if (count === 0) return { own: all, service: all };
  return { own: part(all, OWN_SHARE), service: part(all, (1 - OWN_SHARE) / count) };
}

function part(limits: WorkspaceLimits, share: number): WorkspaceLimits {
  return {
    ...limits,
    cpus: limits.cpus * share,
    memoryBytes: Math.floor(limits.memoryBytes * share),
    processes: Math.floor(limits.processes * share),
    diskBytes: Math.floor(limits.diskBytes * share),
  };
}
