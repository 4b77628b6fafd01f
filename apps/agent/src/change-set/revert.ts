import { writeDurably } from '../system/durable-file.ts';
import type { EngineDeps } from './engine-deps.ts';
import type { Crash } from './guard.ts';
import { removeJournal, writeJournal, type Journal } from './journal.ts';
import { writeLastReceipt } from './last-receipt.ts';
import { createRecoveredReceipt } from './receipt.ts';
import { rollBack } from './roll-back.ts';
import { clearStage } from './stage-directory.ts';
import type { Watched } from './transaction.ts';

const REASON_LENGTH = 3_500;

/** Takes a committed change set back because its app ended by itself, and writes down why. */
export async function revertCommitted(
  { journal: committed, running }: Watched,
  crash: Crash,
  deps: EngineDeps,
): Promise<void> {
  const journal: Journal = {
    ...committed,
    state: 'prepared',
    crash: { afterMs: crash.afterMs, reason: describe(crash, running.tail()) },
  };
  await writeJournal(deps.journalPath, journal);
  await deps.step('guard.journalled');
  const { entries, hasBuilt } = journal;
  const result = await rollBack({ journal, entries, hasBuilt, hasRestarted: true }, deps);
  const receipt = createRecoveredReceipt({ journal, ...result, nowMs: deps.nowMs() });
  await writeLastReceipt(deps.lastReceiptPath, receipt);
  await deps.step('guard.receipt');
  await writeDurably(deps.recoveredPath, JSON.stringify(receipt));
  await deps.step('guard.reported');
  await removeJournal(deps.journalPath);
  await deps.step('guard.removed');
  await clearStage(deps.stageDirectory);
  deps.onReverted();
}

function describe({ exit, afterMs }: Crash, tail: string): string {
  const how = exit.signal ? `ended by ${exit.signal}` : `exit code ${exit.exitCode}`;
  const text = `The app stopped ${Math.round(afterMs / 1000)} s after the change (${how})`;
  return tail === '' ? text : `${text}\n${tail.slice(-REASON_LENGTH)}`;
}
