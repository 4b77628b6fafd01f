import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import type { RunningProcess } from '../processes/supervisor.ts';
import { messageOf } from '../system/errors.ts';
import { ProbeFailure, runBuild, verify, type ActivationDeps } from './activation.ts';
import { ChangeSetFailure, EditedMeanwhileError, type Phase } from './failure.ts';
import { flipEntry } from './flip.ts';
import { writeJournal, type Journal, type JournalEntry } from './journal.ts';
import type { Manifest } from './manifest.ts';
import { prepareEntries, type ChangeSetPlaces } from './prepare.ts';
import type { ProbeResult } from './probe.ts';
import { inPhase, type OnProgress } from './progress.ts';
import { createReceipt, keptNotice } from './receipt.ts';
import type { StepPoint } from './step-point.ts';
import { undoEntries } from './undo.ts';

export interface TransactionDeps extends ActivationDeps, ChangeSetPlaces {
  readonly journalPath: string;
  readonly keptDirectory: string;
  readonly step: StepPoint;
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
): Promise<ChangeSetReceipt> {
  const started = performance.now();
  const receipt = (
    rest: Pick<ChangeSetReceipt, 'outcome' | 'reason' | 'failedPhase' | 'probe' | 'restored'>,
    entries: readonly JournalEntry[],
  ) =>
    createReceipt({
      id: manifest.plan.id,
      checks: manifest.checks,
      entries,
      durationMs: performance.now() - started,
      ...rest,
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
    const probe = await carryOut(progress, deps, onProgress);
    return receipt(
      { outcome: 'committed', reason: null, failedPhase: null, probe, restored: false },
      entries,
    );
  } catch (error) {
    const failure = toFailure(error, 'write');
    const { restored, edited } = await inPhase('rollback', onProgress, () =>
      rollBack(progress, deps),
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
): Promise<ProbeResult | null> {
  const { plan } = progress.journal;
  await inPhase('write', onProgress, () => write(progress, deps));
  if (plan.build) await inPhase('build', onProgress, () => build(progress, deps));
  const probe = await activate(progress, deps, onProgress);
  await inPhase('commit', onProgress, () =>
    writeJournal(deps.journalPath, { ...progress.journal, state: 'committed' }),
  );
  await deps.step('commit.written');
  return probe;
}

async function write(progress: Progress, deps: TransactionDeps): Promise<void> {
  const { plan, entries } = progress.journal;
  await writeJournal(deps.journalPath, progress.journal);
  await deps.step('journal.prepared');
  for (const entry of entries) {
    progress.flipped.push(entry);
    try {
      await flipEntry(entry, plan.id, deps, deps.step);
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
): Promise<ProbeResult | null> {
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
  if (!plan.probe) return null;
  const probe = await inPhase('probe', onProgress, () => verify(plan, running, deps.supervisor));
  await deps.step('probe.done');
  return probe;
}

async function rollBack(
  progress: Progress,
  deps: TransactionDeps,
): Promise<{ restored: boolean; edited: string[] }> {
  const { plan, baseline } = progress.journal;
  const edited = await undoEntries(progress.flipped, { ...deps, changeSetId: plan.id });
  await deps.step('undo.done');
  if (plan.process && progress.hasRestarted && !baseline)
    await deps.supervisor.stop(plan.process.name);
  const restored = await bringBack(progress, deps);
  await deps.step('restore.done');
  return { restored, edited };
}

/** The files are the old ones again; whether the old app answers is told, but changes nothing more. */
async function bringBack(progress: Progress, deps: TransactionDeps): Promise<boolean> {
  const { plan, baseline } = progress.journal;
  try {
    if (progress.hasBuilt) await runBuild(plan, deps);
    const isFresh = plan.process !== null && baseline === null;
    if (isFresh) return true;
    const running =
      baseline && progress.hasRestarted ? await deps.supervisor.start(baseline) : undefined;
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

function toFailure(error: unknown, phase: Phase): { phase: Phase; message: string } {
  if (error instanceof ChangeSetFailure) return error;
  return { phase, message: messageOf(error) };
}
