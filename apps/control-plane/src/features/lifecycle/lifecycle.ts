import type { Database } from '@spt-flow/db/client';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { AgentHub, Agents } from '../agents/index.ts';
import type { Logs } from '../logs/index.ts';
import type { Prices, Workspaces } from '../workspaces/index.ts';
import { createActivityLedger, type ReportActivity } from './activity-ledger.ts';
import { createCostsRepository } from './costs-repository.ts';
import { createCosts, type Costs } from './costs.ts';
import { watchCpu } from './cpu-watch.ts';
import { createDiskRepository } from './disk-repository.ts';
import { createDiskWatch } from './disk-watch.ts';
import { createDormancyKeeper, type KeepLast } from './dormancy-keeper.ts';
import { createLifecycleRepository } from './lifecycle-repository.ts';
import { createLifecycleService, type LifecycleService } from './lifecycle-service.ts';
import type { LifecycleTimes } from './lifecycle-times.ts';
import { createPolicyRepository } from './policy-repository.ts';
import { createPolicyService, type PolicyService } from './policy-service.ts';
import { createSweeper } from './sweeper.ts';
import { createWake, type Wake } from './wake.ts';

/** Also how often a workspace's row is written, at most. */
const SWEEP_INTERVAL_MS = 60_000;

export interface LifecycleDeps {
  readonly db: Database;
  readonly workspaces: Workspaces;
  readonly onAgentEvent: Agents['events']['onEvent'];
  readonly onPresence: AgentHub['onPresence'];
  readonly logs: Pick<Logs, 'append'>;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly prices: Prices;
  readonly keepLast: KeepLast;
  /** What holds for organizations that say nothing. */
  readonly policy: LifecycleTimes & { readonly monthlyBudget: number | undefined };
  readonly onError: (error: unknown, workspaceId?: string) => void;
}

export interface Lifecycle {
  readonly service: LifecycleService;
  readonly costs: Costs;
  readonly policies: PolicyService;
  readonly report: ReportActivity;
  readonly wake: Wake;
  /** Looks after the workspaces once; `start` does so every minute. */
  sweep(): Promise<void>;
  start(): void;
  /** Stores what was used since the last sweep; a lost database is no reason to leave other parts running. */
  close(): Promise<void>;
}

/** createLifecycle puts the feature together. */
export function createLifecycle(deps: LifecycleDeps): Lifecycle {
  const { db, clock, audit, logs, onError } = deps;
  const { service: workspaces, notifyChanged: onWorkspaceChanged } = deps.workspaces;
  const repository = createLifecycleRepository(db);
  const ledger = createActivityLedger({ clock, store: repository.recordActivity });
  const costs = createCosts({
    ...{ clock, audit, prices: deps.prices, budget: deps.policy.monthlyBudget },
    repository: createCostsRepository(db),
  });
  const configured: LifecycleTimes = deps.policy;
  const shared = { repository, ledger, clock, onWorkspaceChanged, configured };
  const cpu = watchCpu({
    ...{ clock, onAgentEvent: deps.onAgentEvent, onPresence: deps.onPresence },
    onBusy: (workspaceId) => ledger.report(workspaceId, 'cpu'),
  });
  const sweep = createSweeper({
    ...{ ...shared, workspaces, logs, onError },
    onRunning: costs.charge,
    dormancy: createDormancyKeeper({
      ...{ ...shared, workspaces, keepLast: deps.keepLast },
    }),
  });
  const lookAtDisks = createDiskWatch({
    ...{ clock, onWorkspaceChanged, onError, measure: deps.workspaces.measureDisks },
    repository: createDiskRepository(db),
    log: ({ id: workspaceId, organizationId }, text) =>
      logs.append({ workspaceId, organizationId }, [{ source: 'start', level: 'warn', text }]),
  });
  let timer: NodeJS.Timeout | undefined;
  let measuring = Promise.resolve();
  let sweeping = Promise.resolve();

  function sweepInTurn(): Promise<void> {
    sweeping = sweeping.then(sweep).catch((error: unknown) => onError(error));
    // The next sweep does not wait for it: files of many workspaces take a while to count.
    measuring = Promise.all([measuring, sweeping.then(lookAtDisks)]).then(() => undefined);
    return measuring;
  }

  return {
    service: createLifecycleService({
      ...{ ...shared, audit },
      findWorkspace: workspaces.find,
    }),
    costs,
    policies: createPolicyService({ repository: createPolicyRepository(db), audit, configured }),
    report: ledger.report,
    wake: createWake({ repository, workspaces }),
    sweep: sweepInTurn,
    start() {
      timer = setInterval(() => void sweepInTurn(), SWEEP_INTERVAL_MS);
      timer.unref();
    },
    async close() {
      clearInterval(timer);
      cpu.close();
      await Promise.all([sweeping, measuring]);
      await ledger.flush().catch((error: unknown) => onError(error));
    },
  };
}
