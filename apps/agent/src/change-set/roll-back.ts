import type { AgentLog } from '../system/agent-log.ts';
import { messageOf } from '../system/errors.ts';
import { runBuild, verify, type ActivationDeps } from './activation.ts';
import type { Journal } from './journal.ts';
import type { ChangeSetPlaces } from './prepare.ts';
import type { StepPoint } from './step-point.ts';
import { undoEntries, type Undone } from './undo.ts';

/** A version that does not work is not waited for. */
const STOP_GRACE_MS = 500;

export interface RollBackDeps extends ActivationDeps, ChangeSetPlaces {
  readonly keptDirectory: string;
  readonly step: StepPoint;
  readonly log: AgentLog;
}

/** What is to be taken back. */
export interface Done {
  readonly journal: Journal;
  /** Index of the entry that somebody edited before its turn came. */
  readonly spared?: number | undefined;
  readonly hasBuilt: boolean;
  readonly hasRestarted: boolean;
}

export interface RolledBack extends Undone {
  /** True when the old app answers again, or nothing ran before. */
  readonly restored: boolean;
}

/**
 * Brings files and process back to what they were.
 * INVARIANT: the journal says `prepared` by then, so that the next start goes on where this one was killed.
 */
export async function rollBack(done: Done, deps: RollBackDeps): Promise<RolledBack> {
  const { plan, entries } = done.journal;
  // Before the files: the supervisor would start the app again, amid old and new ones.
  if (plan.process && done.hasRestarted)
    await deps.supervisor.stop(plan.process.name, STOP_GRACE_MS);
  await deps.step('undo.stopped');
  const undone = await undoEntries(entries, {
    ...deps,
    changeSetId: plan.id,
    spared: done.spared,
  });
  await deps.step('undo.done');
  const restored = await bringBack(done, deps);
  await deps.step('restore.done');
  return { ...undone, restored };
}

/** The files are the old ones again; whether the old app answers is told, but changes nothing more. */
async function bringBack(
  { journal, hasBuilt, hasRestarted }: Done,
  deps: RollBackDeps,
): Promise<boolean> {
  const { plan, baseline } = journal;
  try {
    if (hasBuilt) await runBuild(plan, deps);
    const isFresh = plan.process !== null && baseline === null;
    if (isFresh) return true;
    const running = baseline && hasRestarted ? await deps.supervisor.start(baseline) : undefined;
    await verify(plan, running, deps.supervisor);
    return true;
  } catch (error) {
    deps.log('error', `After the rollback: ${messageOf(error)}`);
    return false;
  }
}
