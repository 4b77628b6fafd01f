import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import type { RunningProcess } from '../processes/managed-process.ts';
import { messageOf } from '../system/errors.ts';
import { ProbeFailure, runBuild, verify } from './activation.ts';
import { ChangeSetFailure, EditedMeanwhileError, type Phase } from './failure.ts';
import { flipEntry } from './flip.ts';
import { writeJournal, type Journal, type JournalEntry } from './journal.ts';
import type { Manifest } from './manifest.ts';
import { prepareEntries } from './prepare.ts';
import type { ProbeResult } from './probe.ts';
import { inPhase, type OnProgress } from './progress.ts';
import { createReceipt, keptNotice } from './receipt.ts';
import { rollBack, type RollBackDeps } from './roll-back.ts';

export interface TransactionDeps extends RollBackDeps {
  readonly journalPath: string;
}

/** A committed change set and the app that runs with it, to be watched for a while. */
export interface Watched {
  readonly journal: Journal;
  readonly running: RunningProcess;
}

export interface TransactionResult {
  readonly receipt: ChangeSetReceipt;
  /** Null when it was not committed, or has no process. */
  readonly watched: Watched | null;
}

/** What a transaction has done so far, and so has to undo. */
interface Progress {
  readonly journal: Journal;
  flipped: JournalEntry[];
  hasBuilt: boolean;
  hasRestarted: boolean;
}

/** Carries out a staged change set: afterwards the project is entirely new, or as it was. */
export async function runTransaction(
  manifest: Manifest,
  deps: TransactionDeps,
  onProgress: OnProgress,
): Promise<TransactionResult> {
  const started = performance.now();
  const receipt = (
    rest: Pick<ChangeSetReceipt, 'outcome' | 'reason' | 'failedPhase' | 'probe' | 'restored'>,
    entries: readonly JournalEntry[],
    watched: Watched | null = null,
  ) => ({
    watched,
    receipt: createReceipt({
      id: manifest.plan.id,
      checks: manifest.checks,
      entries,
      durationMs: performance.now() - started,
      ...rest,
    }),
  });
  let entries: JournalEntry[];
  try {
    entries = await inPhase('check', onProgress, () => check(manifest, deps));
  } catch (error) {
    const { phase, message } = toFailure(error, 'check');
    return receipt(
      { outcome: 'rejected', reason: message, failedPhase: phase, probe: null, restored: true },
      [],
    );
  }
  const progress = begin(manifest, entries, deps);
  try {
    const { probe, watched } = await carryOut(progress, deps, onProgress);
    return receipt(
      { outcome: 'committed', reason: null, failedPhase: null, probe, restored: false },
      entries,
      watched,
    );
  } catch (error) {
    const failure = toFailure(error, 'write');
    const { restored, edited } = await inPhase('rollback', onProgress, () =>
      rollBack({ ...progress, entries: progress.flipped }, deps),
    );
    const reason = failure.message + keptNotice(edited);
    const probe = error instanceof ProbeFailure ? error.result : null;
    return receipt(
      { outcome: 'rolled_back', reason, failedPhase: failure.phase, probe, restored },
      entries,
    );
  }
}

async function check(manifest: Manifest, deps: TransactionDeps): Promise<JournalEntry[]> {
  const broken = manifest.checks.filter(({ ok }) => !ok);
  if (broken.length > 0)
    throw new ChangeSetFailure('check', broken.map(({ detail }) => detail).join('\n'));
  const entries = await prepareEntries(manifest.edits, deps);
  await deps.step('stage.written');
  return entries;
}

function begin(
  { plan, checks }: Manifest,
  entries: JournalEntry[],
  deps: TransactionDeps,
): Progress {
  const baseline = plan.process && deps.supervisor.spec(plan.process.name);
  const journal: Journal = {
    state: 'prepared',
    plan,
    baseline,
    hasBuilt: false,
    entries,
    checks,
    startedMs: deps.nowMs(),
  };
  return { journal, flipped: [], hasBuilt: false, hasRestarted: false };
}

async function carryOut(
  progress: Progress,
  deps: TransactionDeps,
  onProgress: OnProgress,
): Promise<{ probe: ProbeResult | null; watched: Watched | null }> {
  const { plan } = progress.journal;
  await inPhase('write', onProgress, () => write(progress, deps));
  if (plan.build) await inPhase('build', onProgress, () => build(progress, deps));
  const { probe, running } = await activate(progress, deps, onProgress);
  const journal: Journal = {
    ...progress.journal,
    hasBuilt: progress.hasBuilt,
    state: 'committed',
  };
  await inPhase('commit', onProgress, () => writeJournal(deps.journalPath, journal));
  await deps.step('commit.written');
  return { probe, watched: running ? { journal, running } : null };
}

async function write(progress: Progress, deps: TransactionDeps): Promise<void> {
  const { plan, entries } = progress.journal;
  await writeJournal(deps.journalPath, progress.journal);
  await deps.step('journal.prepared');
  for (const entry of entries) {
    progress.flipped.push(entry);
    try {
      await flipEntry(entry, { changeSetId: plan.id, places: deps, step: deps.step });
    } catch (error) {
      if (error instanceof EditedMeanwhileError) progress.flipped.pop();
      throw error;
    }
  }
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
): Promise<{ probe: ProbeResult | null; running: RunningProcess | undefined }> {
  const { plan } = progress.journal;
  const spec = plan.process;
  let running: RunningProcess | undefined;
  if (spec) {
    running = await inPhase('restart', onProgress, async () => {
      progress.hasRestarted = true;
      const started = await deps.supervisor.start(spec);
      await deps.step('restart.started');
      if (!plan.probe) await verify(plan, started, deps.supervisor);
      return started;
    });
  }
  if (!plan.probe) return { probe: null, running };
  const probe = await inPhase('probe', onProgress, () => verify(plan, running, deps.supervisor));
  await deps.step('probe.done');
  return { probe, running };
}

function toFailure(error: unknown, phase: Phase): { phase: Phase; message: string } {
  if (error instanceof ChangeSetFailure) return error;
  return { phase, message: messageOf(error) };
}
