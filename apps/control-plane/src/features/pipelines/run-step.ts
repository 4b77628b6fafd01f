import type { Mask } from '@spt-flow/shared/agent-protocol/known-values';
import type { BuildStep } from './build-steps.ts';
import type { PipelineLog } from './pipeline-log.ts';
import {
  BuildStopped,
  wordsOf,
  type JobEnd,
  type PipelineRunDeps,
  type RunningPipeline,
} from './pipeline-run.ts';
import { buildImage, signalDeploy } from './run-own-job.ts';
import { runScriptJob, tookTooLong, type JobRun } from './run-script-job.ts';

export const MAX_MESSAGE_CHARACTERS = 2_000;

/** What a job is given by its build. */
interface StepRun extends Pick<JobRun, 'id' | 'earlier' | 'roomBytes'> {
  /** For its log. */
  readonly notes: readonly string[];
}

interface Observed extends Omit<JobEnd, 'status'> {
  readonly status: JobEnd['status'] | 'queued' | 'running';
}

/** createStepRunner runs single jobs of a build, and stores what becomes of them. */
export function createStepRunner(
  deps: PipelineRunDeps,
  running: RunningPipeline,
  { log: buildLog, mask }: { readonly log: PipelineLog; readonly mask: Mask },
) {
  const { row, signal } = running;

  async function observe(
    position: number,
    { job: { name, stage, mayFail } }: BuildStep,
    { status, message, exitCode }: Observed,
  ): Promise<string> {
    const now = deps.clock.now();
    const id = await deps.records.updateJob(row, {
      ...{ name, stage, mayFail, position, status, observedAt: now },
      ...(message !== undefined && { errorMessage: message.slice(0, MAX_MESSAGE_CHARACTERS) }),
      ...(exitCode !== undefined && { exitCode }),
      ...(status === 'running' && { startedAt: now }),
      ...(status !== 'queued' && status !== 'running' && { finishedAt: now }),
    });
    if (id === undefined) throw gone();
    return id;
  }

  async function tellStage(stage: string): Promise<void> {
    const observedAt = deps.clock.now();
    const goesOn = await deps.records.updateStatus(row.id, {
      ...{ status: 'running', stage, observedAt },
    });
    if (!goesOn) throw gone();
  }

  async function attempt(step: BuildStep, run: JobRun): Promise<JobEnd> {
    try {
      if (step.kind === 'script') return await runScriptJob(deps, running, run);
      return await runOwnJob(deps, running, { step, run });
    } catch (error) {
      signal.throwIfAborted();
      return { status: 'failed', message: wordsOf(error, deps) };
    }
  }

  async function runLogged(step: BuildStep, { notes, ...given }: StepRun): Promise<JobEnd> {
    const { id } = given;
    const log = buildLog.openJob(id);
    const { changeJob } = deps.pipelines;
    await changeJob(id, { logCoverage: 'running' });
    try {
      for (const note of notes) await log.line(note);
      const end = await attempt(step, { ...given, job: step.job, log });
      if (end.message === undefined) return end;
      const tail = end.status === 'failed' && step.kind !== 'deploy' ? log.tail() : [];
      return { ...end, message: [mask(end.message), ...tail].join('\n') };
    } finally {
      const { coverage, bytes } = await log.end();
      await changeJob(id, { logCoverage: coverage, logBytes: bytes });
    }
  }

  return {
    /** Stores what is known of a job; BuildStopped where its build is gone. */
    observe,

    async run(position: number, step: BuildStep, run: StepRun): Promise<JobEnd> {
      await tellStage(step.job.stage);
      await observe(position, step, { status: 'running' });
      const end = await runLogged(step, run);
      await observe(position, step, end);
      return end;
    },
  };
}

/** What the control plane does itself ends after the time of its job too. */
async function runOwnJob(
  deps: PipelineRunDeps,
  running: RunningPipeline,
  { step: { kind, job }, run }: { readonly step: BuildStep; readonly run: JobRun },
): Promise<JobEnd> {
  const limit = AbortSignal.timeout(job.timeoutSeconds * 1000);
  const limited = { ...running, signal: AbortSignal.any([running.signal, limit]) };
  const work = kind === 'image' ? buildImage : signalDeploy;
  try {
    return await work(deps, limited, run);
  } catch (error) {
    if (!limit.aborted || running.signal.aborted) throw error;
    return { status: 'failed', message: tookTooLong(job) };
  }
}

function gone(): BuildStopped {
  return new BuildStopped('canceled', 'The build is not there any more');
}
