import { messageOf } from '../system/errors.ts';
import { runBuild, verify, type ActivationDeps } from './activation.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { ChangeSetPlaces } from './prepare.ts';
import type { StepPoint } from './step-point.ts';
import { undoEntries } from './undo.ts';

export interface RollBackDeps extends ActivationDeps, ChangeSetPlaces {
  readonly keptDirectory: string;
  readonly step: StepPoint;
}

/** What is to be taken back. */
export interface Done {
  readonly journal: Journal;
  /** Entries whose files may be the new ones. */
  readonly entries: readonly JournalEntry[];
  readonly hasBuilt: boolean;
  readonly hasRestarted: boolean;
}

export interface RolledBack {
  /** True when the old app answers again, or nothing ran before. */
  readonly restored: boolean;
  /** Paths that somebody edited meanwhile. */
  readonly edited: string[];
}

/**
 * Brings files and process back to what they were.
 * INVARIANT: the journal says `prepared` by then, so that the next start goes on where this one was killed.
 */
export async function rollBack(done: Done, deps: RollBackDeps): Promise<RolledBack> {
  const { plan } = done.journal;
  // Before the files: the supervisor would start the app again, amid old and new ones.
  if (plan.process && done.hasRestarted) await deps.supervisor.stop(plan.process.name);
  await deps.step('undo.stopped');
  const edited = await undoEntries(done.entries, { ...deps, changeSetId: plan.id });
  await deps.step('undo.done');
  const restored = await bringBack(done, deps);
  await deps.step('restore.done');
  return { restored, edited };
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
    deps.emit({
      type: 'log',
      at: deps.nowMs(),
      source: 'agent',
      level: 'error',
      text: `After the rollback: ${messageOf(error)}`.slice(0, 8_000),
    });
    return false;
  }
}
