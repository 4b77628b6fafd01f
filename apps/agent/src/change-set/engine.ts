import type { Readable } from 'node:stream';
import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import { AgentError, messageOf } from '../system/errors.ts';
import { readJournal, removeJournal } from './journal.ts';
import type { EngineDeps } from './engine-deps.ts';
import { createGuard } from './guard.ts';
import { readLastReceipt, writeLastReceipt } from './last-receipt.ts';
import type { OnProgress } from './progress.ts';
import { finishRecovery, recoverFiles } from './recover.ts';
import { revertCommitted } from './revert.ts';
import { clearStage } from './stage-directory.ts';
import { runTransaction, type TransactionResult } from './transaction.ts';

/** A change set whose request was read and checked, ready to run once. */
export interface StagedChangeSet {
  run(onProgress: OnProgress): Promise<ChangeSetReceipt>;
}

/**
 * ChangeSetEngine is the only door through which files of the project are written.
 * INVARIANT: one change set at a time; from its journal until the commit, the next start undoes it.
 * The last one that was committed is watched for a while, and undone should its app end by itself.
 */
export interface ChangeSetEngine {
  readonly isBusy: boolean;
  /** Reads and stages a request; throws `busy` at once when another one runs. */
  begin(body: Readable): Promise<StagedChangeSet>;
  /** Brings the files of an interrupted change set back; before anything else at start. */
  recoverFiles(): Promise<void>;
  /** Brings the processes back, and writes down what became of the interrupted change set. */
  finishRecovery(): Promise<void>;
  /** Ends the watch over the last change set; it stays. */
  close(): Promise<void>;
}

export function createChangeSetEngine(deps: EngineDeps): ChangeSetEngine {
  let isBusy = false;
  const guard = createGuard({
    sleep: deps.sleep,
    nowMs: deps.nowMs,
    revert: (watched, crash) => revertCommitted(watched, crash, deps),
    settle,
    onError: (error) =>
      deps.emit({
        type: 'log',
        at: deps.nowMs(),
        source: 'agent',
        level: 'error',
        text: `After a change set: ${messageOf(error)}`.slice(0, 8_000),
      }),
  });

  async function begin(body: Readable): Promise<StagedChangeSet> {
    if (isBusy || guard.isReverting)
      throw new AgentError('busy', 'Another change set is being applied');
    isBusy = true;
    try {
      await guard.close();
      await recoverUnfinished();
      await clearStage(deps.stageDirectory);
      const manifest = await deps.stage(body, deps.stageDirectory);
      const path = manifest.plan.probe?.path ?? '/';
      if (!/^\/[\x21-\x7e]*$/.test(path))
        throw new AgentError('bad_request', 'The probe path is not a URL path');
      const earlier = await readLastReceipt(deps.lastReceiptPath);
      const repeated = earlier?.id === manifest.plan.id ? earlier : undefined;
      return {
        run: (onProgress) =>
          release(async () => repeated ?? finish(await runTransaction(manifest, deps, onProgress))),
      };
    } catch (error) {
      isBusy = false;
      throw error;
    }
  }

  /** A rollback that failed, as on a full disk, left its journal: nothing may be written before it is undone. */
  async function recoverUnfinished(): Promise<void> {
    if ((await readJournal(deps.journalPath)) === null) return;
    await recoverFiles(deps);
    await finishRecovery(deps);
  }

  async function finish({ receipt, watched }: TransactionResult): Promise<ChangeSetReceipt> {
    // A rejected request changed nothing, and may well be sent again when its reason is gone.
    if (receipt.outcome !== 'rejected') await writeLastReceipt(deps.lastReceiptPath, receipt);
    await deps.step('receipt.written');
    if (watched) guard.open(watched);
    else await settle();
    return receipt;
  }

  async function settle(): Promise<void> {
    await removeJournal(deps.journalPath);
    await deps.step('journal.removed');
    await clearStage(deps.stageDirectory);
  }

  async function release<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } finally {
      isBusy = false;
    }
  }

  return {
    get isBusy() {
      return isBusy || guard.isReverting;
    },
    begin,
    async recoverFiles() {
      isBusy = true;
      await recoverFiles(deps);
    },
    finishRecovery: () => release(() => finishRecovery(deps)),
    close: guard.close,
  };
}
