import { writeDurably } from '../system/durable-file.ts';
import type { EngineDeps } from './engine-deps.ts';
import type { LateFailure } from './guard.ts';
import { removeJournal, writeJournal, type Journal } from './journal.ts';
import { writeLastReceipt } from './last-receipt.ts';
import { urlOf } from './probe.ts';
import { createRecoveredReceipt } from './receipt.ts';
import { rollBack } from './roll-back.ts';
import { clearStage } from './stage/directory.ts';
import type { Watched } from './transaction.ts';

const REASON_LENGTH = 3_500;

/** Takes a committed change set back because its app failed by itself, and writes down why. */
export async function revertCommitted(
  watched: Watched,
  failure: LateFailure,
  deps: EngineDeps,
): Promise<void> {
  const journal = describe(watched, failure);
  await deps.watchdog.arm();
  try {
    await writeJournal(deps.journalPath, journal);
    await deps.step('guard.journalled');
    const { restored, ...undone } = await rollBack(
      { journal, hasBuilt: journal.hasBuilt, hasRestarted: true },
      deps,
    );
    const receipt = createRecoveredReceipt({ journal, undone, restored, nowMs: deps.nowMs() });
    await writeLastReceipt(deps.lastReceiptPath, receipt);
    await deps.step('guard.receipt');
    await writeDurably(deps.recoveredPath, JSON.stringify(receipt));
    await deps.step('guard.reported');
    await removeJournal(deps.journalPath);
    await deps.step('guard.removed');
    deps.log('warn', `A change set was undone: ${receipt.reason ?? ''}`);
  } finally {
    deps.watchdog.disarm();
  }
  await clearStage(deps.stageDirectory);
  deps.onRecovered();
}

function describe({ journal, running }: Watched, failure: LateFailure): Journal {
  const { kind, afterMs } = failure;
  const { probe } = journal.plan;
  const seconds = Math.round(afterMs / 1000);
  const how =
    failure.kind === 'ended'
      ? `stopped ${seconds} s after the change (${endOf(failure.exit)})`
      : `stopped working ${seconds} s after the change (${failure.answer.error ?? 'no answer'})`;
  const text = `The app ${how}\n${running.tail().slice(-REASON_LENGTH)}`.trimEnd();
  const seen =
    failure.kind === 'unhealthy' && probe ? { url: urlOf(probe), ...failure.answer } : null;
  return {
    ...journal,
    state: 'prepared',
    late: { reason: text, failure: { kind, afterMs }, probe: seen },
  };
}

function endOf({ exitCode, signal }: { exitCode: number; signal: string | null }): string {
  return signal ? `ended by ${signal}` : `exit code ${exitCode}`;
}
