import type { Queryable } from '@spt-flow/db/client';
import type { Clock } from '../../lib/clock.ts';
import { newCorrelationId } from '../../lib/correlation.ts';
import type { Logs } from '../logs/index.ts';
import type { Workspaces } from '../workspaces/index.ts';
import type { ActivityLedger } from './activity-ledger.ts';
import { decide, type Decision } from './decide.ts';
import type { DormancyKeeper } from './dormancy-keeper.ts';
import { factsOf, missedStart, scheduleOf } from './facts.ts';
import type { LifecycleRepository, LifecycleWorkspace } from './lifecycle-repository.ts';
import type { LifecycleTimes } from './lifecycle-times.ts';

/** So many are read at once: what is read of thousands in one piece holds up all connections. */
const PAGE_SIZE = 250;

export interface SweeperDeps {
  readonly repository: Pick<
    LifecycleRepository,
    'transaction' | 'lockSweep' | 'candidates' | 'change'
  >;
  readonly ledger: Pick<ActivityLedger, 'flush' | 'of'>;
  readonly workspaces: Pick<Workspaces['service'], 'changeByItself'>;
  readonly onWorkspaceChanged: (workspaceId: string) => Promise<void>;
  readonly logs: Pick<Logs, 'append'>;
  readonly clock: Clock;
  readonly configured: LifecycleTimes;
  readonly dormancy: DormancyKeeper;
  /** What else is done for the running ones, once a sweep. */
  readonly onRunning: (running: readonly LifecycleWorkspace[], tx: Queryable) => Promise<void>;
  readonly onError: (error: unknown, workspaceId?: string) => void;
}

/** What is to be done once the decision is stored. */
type Act = () => Promise<void>;

/** createSweeper stores what was used and does what is due; replicas take turns. */
export function createSweeper(deps: SweeperDeps) {
  const { repository, ledger, workspaces } = deps;
  /** Starts that a limit forbade, so that it is said once. */
  const refused = new Map<string, number>();

  async function look(workspace: LifecycleWorkspace, now: Date, tx: Queryable): Promise<Act[]> {
    const { configured } = deps;
    const recent = ledger.of(workspace.id);
    const acts = await deps.dormancy(workspace, { now, recent, log, tx });
    if (acts) return acts;
    if (workspace.actualState === 'stopped') return start(workspace, now);
    const decision = decide(factsOf(workspace, { now, configured, recent }));
    if (decision.action === 'stop') return [() => stop(workspace, decision)];
    return noteWarning(workspace, decision, tx);
  }

  async function noteWarning(
    workspace: LifecycleWorkspace,
    { action, stopsAt, reason, rule }: Decision,
    tx: Queryable,
  ): Promise<Act[]> {
    const known = workspace.lifecycle?.stopsAt ?? null;
    const announced = action === 'warn' ? stopsAt : null;
    if (known?.getTime() === announced?.getTime()) return [];
    const stopReason = announced && reason;
    await repository.change(workspace, { stopsAt: announced, stopReason }, tx);
    const tell = () => deps.onWorkspaceChanged(workspace.id);
    if (!announced || known) return [tell];
    const time = announced.toISOString().slice(11, 16);
    // Nobody can ask to keep one whose disk is full: the reason says what helps.
    const help = rule === 'disk' ? '' : `. To keep it: spt-flow keep-alive ${workspace.name}`;
    return [tell, () => log(workspace, `It stops at ${time} UTC. ${reason}${help}`)];
  }

  async function stop(workspace: LifecycleWorkspace, { reason, rule }: Decision): Promise<void> {
    const asleepSince = deps.clock.now();
    const hasChanged = await workspaces.changeByItself(workspace.id, {
      desired: 'stopped',
      reason,
      correlationId: newCorrelationId(),
    });
    if (!hasChanged || rule !== 'idle') return;
    await repository.transaction((tx) => repository.change(workspace, { asleepSince }, tx));
  }

  function start(workspace: LifecycleWorkspace, now: Date): Act[] {
    const due = missedStart(workspace, now);
    const schedule = scheduleOf(workspace.lifecycle);
    if (workspace.lifecycle?.dormantSince) return [];
    if (!due || !schedule || refused.get(workspace.id) === due.getTime()) return [];
    const reason = `Its schedule starts it at ${schedule.start} (${schedule.timeZone})`;
    return [
      async () => {
        try {
          await workspaces.changeByItself(workspace.id, {
            desired: 'running',
            reason,
            correlationId: newCorrelationId(),
          });
          refused.delete(workspace.id);
        } catch (error) {
          refused.set(workspace.id, due.getTime());
          const cause = error instanceof Error ? error.message : String(error);
          await log(workspace, `Its schedule could not start it: ${cause}`);
        }
      },
    ];
  }

  async function log(workspace: LifecycleWorkspace, text: string): Promise<void> {
    const owner = { workspaceId: workspace.id, organizationId: workspace.organizationId };
    await deps.logs.append(owner, [{ source: 'start', level: 'warn', text }]);
  }

  async function* candidates(tx: Queryable): AsyncGenerator<LifecycleWorkspace> {
    let page: LifecycleWorkspace[];
    let after: string | undefined;
    do {
      page = await repository.candidates(tx, { after, limit: PAGE_SIZE });
      yield* page;
      after = page.at(-1)?.id;
    } while (page.length === PAGE_SIZE);
  }

  async function decideAll(now: Date): Promise<Act[]> {
    return repository.transaction(async (tx) => {
      if (!(await repository.lockSweep(tx))) return [];
      const running: LifecycleWorkspace[] = [];
      const acts: Act[] = [];
      for await (const workspace of candidates(tx)) {
        if (workspace.actualState === 'running') running.push(workspace);
        const due = await look(workspace, now, tx).catch((error: unknown) => {
          deps.onError(error, workspace.id);
          return [];
        });
        acts.push(...due);
      }
      await deps.onRunning(running, tx);
      return acts;
    });
  }

  /** One sweep. What fails for one workspace is tried again at the next, and holds up no other. */
  return async (): Promise<void> => {
    await ledger.flush().catch(deps.onError);
    const acts = await decideAll(deps.clock.now());
    for (const act of acts) await act().catch(deps.onError);
  };
}
