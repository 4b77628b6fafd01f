import type { Readable } from 'node:stream';
import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import { removeDurably } from '../system/durable-file.ts';
import { AgentError, messageOf } from '../system/errors.ts';
import { platform } from '../system/platform/platform.ts';
import type { EngineDeps } from './engine-deps.ts';
import { createGuard, GUARD_WINDOW_MS } from './guard.ts';
import { watchHealth } from './health-watch.ts';
import { removeJournal } from './journal.ts';
import { readLastReceipt, writeLastReceipt } from './last-receipt.ts';
import { createMender } from './mender.ts';
import { ask, type Probe } from './probe.ts';
import type { OnProgress } from './progress.ts';
import { finishRecovery, recoverFiles } from './recover.ts';
import { revertCommitted } from './revert.ts';
import { clearStage } from './stage/directory.ts';
import { runTransaction, type TransactionResult, type Watched } from './transaction.ts';

/** An app may take this many times longer than it took so far, and no less than the least, before it counts as hung. */
const PATIENCE_FACTOR = 8;
const MIN_PATIENCE_MS = 4_000;
const MAX_PATIENCE_MS = 20_000;

/** A change set whose request was read and checked, ready to run once. */
export interface StagedChangeSet {
  run(onProgress: OnProgress): Promise<ChangeSetReceipt>;
}

/**
 * ChangeSetEngine is the only door through which files of the project are written.
 * INVARIANT: one change set at a time; from its journal until the commit, the next start undoes it.
 * The last one that was committed is watched for a while, and undone should its app fail by itself.
 */
export interface ChangeSetEngine {
  readonly isBusy: boolean;
  /** Reads and stages a request; throws `busy` at once when another one runs. */
  begin(body: Readable, correlationId?: string): Promise<StagedChangeSet>;
  /** Brings the files of an interrupted change set back; before anything else at start. */
  recoverFiles(): Promise<void>;
  /** Brings the processes back, and writes down what became of the interrupted change set. */
  finishRecovery(): Promise<void>;
  /** Ends the watch over the last change set; it stays. */
  close(): Promise<void>;
}

export function createChangeSetEngine(deps: EngineDeps): ChangeSetEngine {
  let isBusy = false;
  let areFilesRecovered = false;
  const mender = createMender({ recover, clock: deps.clock, log: deps.log });
  const guard = createGuard({
    sleep: deps.clock.sleep,
    nowMs: deps.clock.nowMs,
    watchHealth: (watched, probe, signal) => followHealth({ ...watched, probe, signal }, deps),
    revert: (watched, failure) => revertCommitted(watched, failure, deps),
    settle,
    onError(error) {
      deps.log('error', `After a change set: ${messageOf(error)}`);
      void mend();
    },
  });

  async function begin(body: Readable, correlationId?: string): Promise<StagedChangeSet> {
    if (isBusy || guard.isReverting)
      throw new AgentError('busy', 'Another change set is being applied');
    isBusy = true;
    try {
      await guard.close();
      await mendNow();
      await clearStage(deps.stageDirectory);
      await removeDurably(deps.recoveredPath);
      const staged = await deps.stage(body, deps.stageDirectory);
      const manifest = { ...staged, plan: { ...staged.plan, correlationId } };
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

  async function finish({ receipt, watched }: TransactionResult): Promise<ChangeSetReceipt> {
    // A rejected request changed nothing, and may well be sent again when its reason is gone.
    if (receipt.outcome !== 'rejected') await remember(receipt);
    await deps.step('receipt.written');
    if (watched) guard.open(watched);
    else await settle();
    return receipt;
  }

  /** The change set is decided; a full disk only means that it is not known any more when it is sent again. */
  async function remember(receipt: ChangeSetReceipt): Promise<void> {
    try {
      await writeLastReceipt(deps.lastReceiptPath, receipt);
    } catch (error) {
      deps.log('warn', `The receipt of a change set is not kept: ${messageOf(error)}`);
    }
  }

  async function settle(): Promise<void> {
    await removeJournal(deps.journalPath);
    await deps.step('journal.removed');
    await clearStage(deps.stageDirectory);
  }

  async function release<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      void mend();
      throw error;
    } finally {
      isBusy = false;
    }
  }

  /** A rollback that failed left its journal: until it is undone, files may be a mix and nothing may run. */
  async function mend(): Promise<void> {
    areFilesRecovered = false;
    await mender.mend();
  }

  async function mendNow(): Promise<void> {
    if (!mender.isMending) return;
    try {
      await mender.tryNow();
    } catch (cause) {
      if (cause instanceof AgentError) throw cause;
      const reason = `An earlier change set cannot be undone yet: ${messageOf(cause)}`;
      throw new AgentError('busy', reason, { cause });
    }
  }

  async function recover(): Promise<void> {
    if (!areFilesRecovered) await recoverFiles(deps);
    areFilesRecovered = true;
    await finishRecovery(deps);
    deps.onRecovered();
  }

  return {
    get isBusy() {
      return isBusy || guard.isReverting || mender.isMending;
    },
    begin,
    async recoverFiles() {
      await recoverFiles(deps).then(
        () => (areFilesRecovered = true),
        (error: unknown) => deps.log('error', `Cannot undo a change set: ${messageOf(error)}`),
      );
    },
    finishRecovery: mender.mend,
    async close() {
      await mender.close();
      deps.watchdog.disarm();
      await guard.close();
    },
  };
}

interface Followed extends Watched {
  readonly probe: Probe;
  readonly signal: AbortSignal;
}

function followHealth({ running, slowestMs, probe, signal }: Followed, { clock }: EngineDeps) {
  return watchHealth({
    ...clock,
    ask: (timeoutMs) => ask(probe, timeoutMs),
    processorTimes: () => platform.processes.processorTimes(running.pid),
    patienceMs: Math.min(MAX_PATIENCE_MS, Math.max(MIN_PATIENCE_MS, PATIENCE_FACTOR * slowestMs)),
    windowMs: GUARD_WINDOW_MS,
    signal,
  });
}
