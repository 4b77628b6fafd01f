import type { Queryable } from '@spt-flow/db/client';
import type { Clock } from '../../lib/clock.ts';
import { newCorrelationId } from '../../lib/correlation.ts';
import type { Workspaces } from '../workspaces/index.ts';
import { decideDormancy, type DormancyDecision } from './dormancy.ts';
import { activityOf } from './facts.ts';
import type { LifecycleRepository, LifecycleWorkspace } from './lifecycle-repository.ts';
import { latestOf, type Activity } from './signal-words.ts';
import { timesOf, type LifecycleTimes } from './lifecycle-times.ts';

const DAY_MS = 86_400_000;
/** How long the last snapshot of a deleted workspace is kept. */
const GRACE_MS = 30 * DAY_MS;

/** KeepLast makes the last snapshot of a workspace; it rejects where it can't, and then nothing is deleted. */
export type KeepLast = (workspaceId: string, expiresAt: Date) => Promise<void>;

export interface DormancyDeps {
  readonly repository: Pick<LifecycleRepository, 'change'>;
  readonly workspaces: Pick<Workspaces['service'], 'changeByItself'>;
  readonly onWorkspaceChanged: (workspaceId: string) => Promise<void>;
  readonly keepLast: KeepLast;
  readonly clock: Pick<Clock, 'now'>;
  readonly configured: LifecycleTimes;
}

/** What is to be done once the decision is stored. */
type Act = () => Promise<void>;
type Log = (workspace: LifecycleWorkspace, text: string) => Promise<void>;

export interface Look {
  readonly now: Date;
  /** What is not stored yet. */
  readonly recent: Activity;
  readonly log: Log;
  readonly tx: Queryable;
}

/** Undefined: nothing is to be done because of dormancy. */
export type DormancyKeeper = (
  workspace: LifecycleWorkspace,
  look: Look,
) => Promise<Act[] | undefined>;

/** createDormancyKeeper puts workspaces to sleep that nobody uses, and deletes them in the end. */
export function createDormancyKeeper(deps: DormancyDeps): DormancyKeeper {
  const { repository, workspaces } = deps;

  async function change(
    { id }: LifecycleWorkspace,
    desired: 'stopped' | 'deleted',
    reason: string,
  ): Promise<void> {
    await workspaces.changeByItself(id, { desired, reason, correlationId: newCorrelationId() });
  }

  async function remove(workspace: LifecycleWorkspace, reason: string): Promise<void> {
    await deps.keepLast(workspace.id, new Date(deps.clock.now().getTime() + GRACE_MS));
    await change(workspace, 'deleted', reason);
  }

  async function store(
    workspace: LifecycleWorkspace,
    values: Parameters<LifecycleRepository['change']>[1],
    { look, text }: { look: Look; text: string },
  ): Promise<Act[]> {
    await repository.change(workspace, values, look.tx);
    return [() => deps.onWorkspaceChanged(workspace.id), () => look.log(workspace, text)];
  }

  function carryOut(
    workspace: LifecycleWorkspace,
    { action, reason, deletesAt }: DormancyDecision,
    look: Look,
  ): Promise<Act[] | undefined> | Act[] | undefined {
    const { now } = look;
    const start = `spt-flow start ${workspace.name}`;
    switch (action) {
      case 'stop':
        return [() => change(workspace, 'stopped', reason)];
      case 'sleep':
        return store(
          workspace,
          { dormantSince: now, deletesAt: null },
          {
            look,
            text: `${reason}: it is dormant, and starts only when somebody asks for it: ${start}`,
          },
        );
      case 'wake':
        return store(
          workspace,
          { dormantSince: null, deletesAt: null, wokenAt: now },
          {
            look,
            text: `It is not dormant any more: ${reason}`,
          },
        );
      case 'warn':
        return store(
          workspace,
          { deletesAt },
          {
            look,
            text: `It is deleted on ${deletesAt?.toISOString().slice(0, 16).replace('T', ' at ')} UTC. ${reason}. To keep it: ${start}`,
          },
        );
      case 'delete':
        return [() => remove(workspace, reason)];
      case 'keep':
        return undefined;
    }
  }

  return async (workspace, look) => {
    const { lifecycle } = workspace;
    const { dormantDays, deleteDays } = timesOf(workspace, deps.configured);
    const decided = decideDormancy({
      ...{ now: look.now, dormantDays, deleteDays },
      isServer: workspace.provider === 'server',
      isRunning: workspace.actualState === 'running',
      keepUntil: lifecycle?.keepUntil ?? null,
      unusedSince: unusedSince(workspace, look.recent),
      dormantSince: lifecycle?.dormantSince ?? null,
      deletesAt: lifecycle?.deletesAt ?? null,
    });
    return carryOut(workspace, decided, look);
  };
}

/** A start by its schedule is no use; one by a person ends dormancy. */
function unusedSince({ createdAt, lifecycle }: LifecycleWorkspace, recent: Activity): Date {
  const times = [createdAt, lifecycle?.wokenAt, latestOf(activityOf(lifecycle, recent))?.at];
  return new Date(Math.max(...times.map((at) => at?.getTime() ?? 0)));
}
