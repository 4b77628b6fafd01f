import { writeDurably } from '../system/durable-file.ts';
import { messageOf } from '../system/errors.ts';
import { runBuild, verify } from './activation.ts';
import type { EngineDeps } from './engine-deps.ts';
import { readJournal, removeJournal, type Journal } from './journal.ts';
import { readLastReceipt, writeLastReceipt } from './last-receipt.ts';
import { createRecoveredReceipt, outcomeOf } from './receipt.ts';
import { clearStage } from './stage-directory.ts';
import { undoEntries } from './undo.ts';

/** Undoes the files of a change set that did not commit. Idempotent: it may be killed and run again. */
export async function recoverFiles(deps: EngineDeps): Promise<void> {
  const journal = await readJournal(deps.journalPath);
  if (journal?.state !== 'prepared') return;
  const edited = await undoEntries(journal.entries, { ...deps, changeSetId: journal.plan.id });
  if (edited.length > 0)
    warn(deps, `Edited while a change set was in place, a copy is kept: ${edited.join(', ')}`);
  await deps.step('recover.undone');
  if (!journal.plan.process) return;
  if (journal.baseline) await deps.store.write(journal.baseline);
  else await deps.store.remove(journal.plan.process.name);
  await deps.step('recover.process');
}

/** Starts the processes again; after an undone change set it also proves that the old app answers. */
export async function finishRecovery(deps: EngineDeps): Promise<void> {
  const journal = await readJournal(deps.journalPath);
  if (journal?.state === 'prepared' && journal.hasBuilt)
    await attempt(deps, () => runBuild(journal.plan, deps));
  await deps.supervisor.resume();
  if (journal) await report(journal, deps);
  await clearStage(deps.stageDirectory);
}

async function report(journal: Journal, deps: EngineDeps): Promise<void> {
  const restored = journal.state === 'prepared' && (await isAnswering(journal, deps));
  const earlier = await readLastReceipt(deps.lastReceiptPath);
  const isTold = earlier?.id === journal.plan.id && earlier.outcome === outcomeOf(journal);
  const receipt = isTold
    ? earlier
    : createRecoveredReceipt({ journal, edited: [], restored, nowMs: deps.nowMs() });
  // Whoever sends the change set again is told the same.
  await writeLastReceipt(deps.lastReceiptPath, receipt);
  await writeDurably(deps.recoveredPath, JSON.stringify(receipt));
  await deps.step('recover.reported');
  await removeJournal(deps.journalPath);
}

async function isAnswering(journal: Journal, deps: EngineDeps): Promise<boolean> {
  const { plan, baseline } = journal;
  if (plan.process && !baseline) return true;
  const running = baseline ? deps.supervisor.current(baseline.name) : undefined;
  return attempt(deps, () => verify(plan, running, deps.supervisor));
}

async function attempt(deps: EngineDeps, run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    warn(deps, `After an interrupted change set: ${messageOf(error)}`);
    return false;
  }
}

function warn(deps: EngineDeps, text: string): void {
  deps.emit({
    type: 'log',
    at: deps.nowMs(),
    source: 'agent',
    level: 'warn',
    text: text.slice(0, 8_000),
  });
}
