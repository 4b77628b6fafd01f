import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import type { RunningProcess } from '../processes/managed-process.ts';
import { messageOf } from '../system/errors.ts';
import { ProbeFailure, runBuild, verify, type Verified } from './activation.ts';
import { wasBroken } from './baseline.ts';
import { ChangeSetFailure, EditedMeanwhileError, UndecidedError, type Phase } from './failure.ts';
import { layDown, putInPlace } from './flip.ts';
import { writeJournal, type Journal } from './journal.ts';
import type { Manifest } from './manifest.ts';
import { prepareEntries } from './prepare.ts';
import { urlOf, type ProbeResult } from './probe.ts';
import { inPhase, type OnProgress } from './progress.ts';
import { createReceipt, undoneNotice, type Outcome } from './receipt.ts';
import { rollBack, type RollBackDeps } from './roll-back.ts';
import type { Watchdog } from './watchdog.ts';

export interface TransactionDeps extends RollBackDeps {
  readonly journalPath: string;
  readonly watchdog: Watchdog;
}

/** A committed change set and the app that works with it, to be watched for a while. */
export interface Watched {
  readonly journal: Journal;
  readonly running: RunningProcess;
  /** The longest that a good answer took. */
  readonly slowestMs: number;
}

export interface TransactionResult {
  readonly receipt: ChangeSetReceipt;
  /** Null when it was not committed, has no process, or an app that did not work before either. */
  readonly watched: Watched | null;
}

/** What a transaction has done so far, and so has to undo. */
interface Progress {
  readonly journal: Journal;
  hasBuilt: boolean;
  hasRestarted: boolean;
}

/** What was seen of the app after the change. */
interface Seen extends Judged {
  readonly running: RunningProcess | undefined;
  readonly wasBroken: boolean;
}

interface Judged extends Verified {
  /** What is wrong with an app that is excused; null for one that works. */
  readonly complaint: string | null;
}

/** Carries out a staged change set: afterwards the project is entirely new, or as it was. */
export async function runTransaction(
  manifest: Manifest,
  deps: TransactionDeps,
  onProgress: OnProgress,
): Promise<TransactionResult> {
  const started = performance.now();
  const end = (rest: Omit<Outcome, 'id' | 'checks' | 'durationMs'>) =>
    createReceipt({
      id: manifest.plan.id,
      checks: manifest.checks,
      durationMs: performance.now() - started,
      ...rest,
    });
  let journal: Journal;
  try {
    journal = await inPhase('check', onProgress, () => check(manifest, deps));
  } catch (error) {
    const { phase, message } = toFailure(error, 'check');
    const rest = { outcome: 'rejected' as const, reason: message, failedPhase: phase, entries: [] };
    return { receipt: end({ ...rest, restored: true }), watched: null };
  }
  const progress: Progress = { journal, hasBuilt: false, hasRestarted: false };
  const { entries } = journal;
  try {
    const seen = await carryOut(progress, deps, onProgress);
    const { probe, running, slowestMs, complaint } = seen;
    const committed = { ...journal, hasBuilt: progress.hasBuilt, state: 'committed' as const };
    const watched = running && !seen.wasBroken ? { journal: committed, running, slowestMs } : null;
    const rest = { outcome: 'committed' as const, reason: complaint, failedPhase: null, entries };
    return {
      receipt: end({ ...rest, probe, wasBroken: seen.wasBroken, restored: false }),
      watched,
    };
  } catch (error) {
    if (error instanceof UndecidedError) {
      // What is to run comes back with the recovery.
      await deps.supervisor.suspend();
      throw error;
    }
    const failure = toFailure(error, 'write');
    const spared = error instanceof EditedMeanwhileError ? error.index : undefined;
    const { restored, ...undone } = await inPhase('rollback', onProgress, () =>
      rollBack({ ...progress, spared }, deps),
    );
    const reason = failure.message + undoneNotice(undone);
    const probe = error instanceof ProbeFailure ? error.result : null;
    const rest = { outcome: 'rolled_back' as const, reason, failedPhase: failure.phase, entries };
    return { receipt: end({ ...rest, probe, restored }), watched: null };
  } finally {
    deps.watchdog.disarm();
  }
}

async function check({ plan, checks, edits }: Manifest, deps: TransactionDeps): Promise<Journal> {
  const broken = checks.filter(({ ok }) => !ok);
  if (broken.length > 0)
    throw new ChangeSetFailure('check', broken.map(({ detail }) => detail).join('\n'));
  const entries = await prepareEntries(edits, deps);
  await deps.step('stage.written');
  const isBroken = await wasBroken(plan, deps.supervisor);
  await deps.watchdog.arm();
  await deps.step('watchdog.armed');
  return {
    state: 'prepared',
    plan,
    baseline: plan.process && deps.supervisor.spec(plan.process.name),
    wasBroken: isBroken,
    hasBuilt: false,
    entries,
    checks,
    startedMs: deps.nowMs(),
  };
}

async function carryOut(
  progress: Progress,
  deps: TransactionDeps,
  onProgress: OnProgress,
): Promise<Seen> {
  const { journal } = progress;
  await inPhase('write', onProgress, () => write(journal, deps));
  if (journal.plan.build) await inPhase('build', onProgress, () => build(progress, deps));
  const seen = await activate(progress, deps, onProgress);
  await inPhase('commit', onProgress, () => commit(progress, deps));
  await deps.step('commit.written');
  return seen;
}

/** A journal that could not be written may be there all the same: it is taken back before anything is undone. */
async function commit(
  { journal, hasBuilt }: Progress,
  { journalPath }: TransactionDeps,
): Promise<void> {
  try {
    await writeJournal(journalPath, { ...journal, hasBuilt, state: 'committed' });
  } catch (error) {
    await writeJournal(journalPath, { ...journal, hasBuilt }).catch((cause: unknown) => {
      throw new UndecidedError(messageOf(error), { cause });
    });
    throw error;
  }
}

async function write(journal: Journal, deps: TransactionDeps): Promise<void> {
  await writeJournal(deps.journalPath, journal);
  await deps.step('journal.prepared');
  const context = { ...deps, changeSetId: journal.plan.id };
  await layDown(journal.entries, context);
  await putInPlace(journal.entries, context);
  await deps.step('flip.done');
}

async function build(progress: Progress, deps: TransactionDeps): Promise<void> {
  progress.hasBuilt = true;
  await writeJournal(deps.journalPath, { ...progress.journal, hasBuilt: true });
  await deps.step('build.journalled');
  await runBuild(progress.journal.plan, deps);
  await deps.step('build.done');
}

async function activate(
  progress: Progress,
  deps: TransactionDeps,
  onProgress: OnProgress,
): Promise<Seen> {
  const { plan } = progress.journal;
  const spec = plan.process;
  let running: RunningProcess | undefined;
  let judged: Judged = { probe: null, slowestMs: 0, complaint: null };
  const prove = async () => void (judged = await judge(progress.journal, running, deps));
  if (spec)
    await inPhase('restart', onProgress, async () => {
      progress.hasRestarted = true;
      running = await deps.supervisor.start(spec);
      await deps.step('restart.started');
      if (!plan.probe) await prove();
    });
  if (plan.probe) await inPhase('probe', onProgress, prove);
  await deps.step('probe.done');
  return { ...judged, running, wasBroken: progress.journal.wasBroken };
}

/** An app that did not work before either proves nothing against the change set; what is seen is told. */
async function judge(
  { plan, wasBroken: isExcused }: Journal,
  running: RunningProcess | undefined,
  deps: TransactionDeps,
): Promise<Judged> {
  try {
    return { ...(await verify(plan, running, deps.supervisor)), complaint: null };
  } catch (error) {
    if (!isExcused || !(error instanceof ChangeSetFailure)) throw error;
    const probe =
      error instanceof ProbeFailure ? error.result : plan.probe && unanswered(plan.probe, error);
    return { probe, slowestMs: 0, complaint: error.message };
  }
}

function unanswered(probe: NonNullable<Manifest['plan']['probe']>, error: Error): ProbeResult {
  const [reason = ''] = error.message.split('\n');
  return { url: urlOf(probe), status: null, durationMs: 0, error: reason };
}

function toFailure(error: unknown, phase: Phase): { phase: Phase; message: string } {
  if (error instanceof ChangeSetFailure) return error;
  return { phase, message: messageOf(error) };
}
