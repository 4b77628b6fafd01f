import type { Usage, UsageSpan } from '@spt-flow/shared/api/usage';
import { SIZE_LIMITS } from '@spt-flow/shared/domain/workspace-settings';
import type { Clock } from '../../lib/clock.ts';
import type { Principal } from '../../lib/principal.ts';
import { settingsOf, type WorkspaceRow } from '../workspaces/index.ts';
import type { UsageRepository } from './usage-repository.ts';
import { MachineSchema, toUsageSample, type Machine } from './usage-sample.ts';
import { RINGS } from './usage-ring.ts';

/** What an operator grants containers at most, below their sizes. */
export interface UsageCaps {
  readonly cpus?: number | undefined;
  readonly memoryBytes?: number | undefined;
}

export function createUsageService(deps: {
  readonly repository: UsageRepository;
  readonly findWorkspace: (organizationId: string, handle: string) => Promise<WorkspaceRow>;
  readonly caps: UsageCaps;
  readonly clock: Clock;
}) {
  return {
    async get({ organizationId }: Principal, handle: string, span: UsageSpan): Promise<Usage> {
      const workspace = await deps.findWorkspace(organizationId, handle);
      const { stepSeconds, spanMs, rowMs } = RINGS[span];
      const fromMs = deps.clock.now().getTime() - spanMs;
      const from = new Date(fromMs - rowMs);
      const rows = await deps.repository.since(workspace.id, stepSeconds, from);
      const samples = rows.flatMap((row) => row.samples).filter(([at]) => at >= fromMs);
      const machine = MachineSchema.parse(rows.at(-1)?.machine ?? {});
      const limits = limitsOf(workspace, machine, deps.caps);
      return { span, stepSeconds, limits, samples: samples.map(toUsageSample) };
    },
  };
}

/** Containers and pods are held to their size; elsewhere the machine is the limit. */
function limitsOf(workspace: WorkspaceRow, machine: Machine, caps: UsageCaps): Machine {
  if (!['docker', 'kubernetes'].includes(workspace.provider)) return machine;
  const { cpus, memoryBytes, diskBytes } = SIZE_LIMITS[settingsOf(workspace).size];
  return {
    cpus: Math.min(cpus, caps.cpus ?? cpus),
    memoryBytes: Math.min(memoryBytes, caps.memoryBytes ?? memoryBytes),
    diskBytes,
  };
}
