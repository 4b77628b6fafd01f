import type { Database } from '@spt-flow/db/client';
import type { Clock } from '../../lib/clock.ts';
import type { AgentHub, Agents } from '../agents/index.ts';
import type { WorkspaceService } from '../workspaces/index.ts';
import { createUsageLiveSource } from './usage-live-source.ts';
import { createUsageRecorder } from './usage-recorder.ts';
import { createUsageRepository } from './usage-repository.ts';
import { createUsageService, type UsageCaps } from './usage-service.ts';
import { watchUsage } from './usage-watch.ts';

export type UsageParts = ReturnType<typeof createUsage>;

/** createUsage puts the feature together. */
export function createUsage(deps: {
  readonly db: Database;
  readonly onAgentEvent: Agents['events']['onEvent'];
  readonly onPresence: AgentHub['onPresence'];
  readonly findWorkspace: WorkspaceService['find'];
  readonly caps: UsageCaps;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}) {
  const repository = createUsageRepository(deps.db);
  const recorder = createUsageRecorder({ repository, onError: deps.onError });
  const watch = watchUsage({ ...deps, onSample: recorder.record, onGone: recorder.end });
  return {
    service: createUsageService({ ...deps, repository }),
    liveSource: createUsageLiveSource(repository),
    /** For whoever reads metrics: of the agents of this replica. */
    gauges: {
      workspaces_used_cpus: {
        help: 'Processors that workspaces use',
        read: () => recorder.total(1),
      },
      workspaces_used_memory_bytes: {
        help: 'Memory that workspaces use',
        read: () => recorder.total(2),
      },
      workspaces_used_disk_bytes: {
        help: 'Disk that workspaces use',
        read: () => recorder.total(3),
      },
    },
    flush: recorder.flush,
    start: recorder.start,
    async close() {
      watch.close();
      recorder.close();
      await recorder.flush();
    },
  };
}
