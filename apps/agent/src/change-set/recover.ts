import { rename } from 'node:fs/promises';
import { writeDurably } from '../system/durable-file.ts';
import { messageOf, systemCode } from '../system/errors.ts';
import { runBuild, verify } from './activation.ts';
import type { EngineDeps } from './engine-deps.ts';
import { readJournal, removeJournal, type Journal } from './journal.ts';
import { readLastReceipt, writeLastReceipt } from './last-receipt.ts';
import { createRecoveredReceipt, outcomeOf, undoneNotice } from './receipt.ts';
import { clearStage } from './stage/directory.ts';
import { undoEntries } from './undo.ts';

/** Undoes the files of a change set that did not commit. Idempotent: it may be killed and run again. */
export async function recoverFiles(deps: EngineDeps): Promise<void> {
  const journal = await readOrSetAside(deps);
  if (journal?.state !== 'prepared') return;
  const undone = await undoEntries(journal.entries, { ...deps, changeSetId: journal.plan.id });
  const notice = undoneNotice(undone);
  if (notice !== '') deps.log('warn', `While an interrupted change set was undone:${notice}`);
  await deps.step('recover.undone');
  if (!journal.plan.process) return;
  if (journal.baseline) await deps.store.write(journal.baseline);
  else await deps.store.remove(journal.plan.process.name);
  await deps.step('recover.process');
}

/** A damaged journal can undo nothing; it must not keep the agent and the app from running for ever either. */
async function readOrSetAside({ journalPath, log }: EngineDeps): Promise<Journal | null> {
  try {
    return await readJournal(journalPath);
  } catch (error) {
    if (systemCode(error) !== undefined) throw error;
    await rename(journalPath, `${journalPath}.damaged`);
    const what = 'The journal of an interrupted change set is damaged, so nothing was undone';
    log('error', `${what}. Compare the files with git.`);
    return null;
  }
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
  const undone = { edited: [], blocked: [] };
  const receipt = isTold
    ? earlier
    : createRecoveredReceipt({ journal, undone, restored, nowMs: deps.nowMs() });
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
    deps.log('warn', `After an interrupted change set: ${messageOf(error)}`);
    return false;
  }
}
