import { createMask } from '@spt-flow/shared/agent-protocol/known-values';
import { AppError } from '@spt-flow/shared/domain/errors';
import { stepsOf, type BuildStep } from './build-steps.ts';
import type { PipelinePlan } from './file/pipeline-job.ts';
import {
  MAX_PIPELINE_FILE_BYTES,
  PIPELINE_FILE,
  readPipelineFile,
} from './file/read-pipeline-file.ts';
import { artifactsFor, moveOf, type Standing } from './job-order.ts';
import { MAX_PROJECT_ARTIFACT_BYTES } from './output-repository.ts';
import { createPipelineLog } from './pipeline-log.ts';
import {
  BuildStopped,
  valuesOf,
  wordsOf,
  type JobEnd,
  type PipelineRunDeps,
  type RunEnd,
  type RunningPipeline,
} from './pipeline-run.ts';
import { predefinedVariables } from './predefined-variables.ts';
import { createStepRunner, MAX_MESSAGE_CHARACTERS } from './run-step.ts';

const DOCKERFILE = 'Dockerfile';

interface PlannedSteps {
  readonly steps: readonly BuildStep[];
  readonly notes: readonly string[];
}

/** runPipeline does what the pipeline file of a commit says, and stores what comes of it. */
export async function runPipeline(
  deps: PipelineRunDeps,
  running: RunningPipeline,
): Promise<RunEnd> {
  try {
    const plan = await readPlan(deps, running);
    const isDockerfile = { path: DOCKERFILE, maxBytes: 1024 * 1024 };
    const { projectId, commit } = running.row;
    const hasDockerfile = (await deps.source.file(projectId, commit, isDockerfile)) !== undefined;
    const steps = stepsOf(plan, { hasDockerfile });
    return await new PipelineRun(deps, running, { steps, notes: plan.notes }).run();
  } catch (error) {
    return endOf(error, running.signal, deps);
  }
}

async function readPlan(
  { source, registry }: PipelineRunDeps,
  { row, project, secrets }: RunningPipeline,
): Promise<PipelinePlan> {
  const file = { path: PIPELINE_FILE, maxBytes: MAX_PIPELINE_FILE_BYTES };
  const text = await source.file(row.projectId, row.commit, file);
  if (text === undefined)
    throw new AppError(
      'pipeline_missing',
      `The commit has no file "${PIPELINE_FILE}" of at most ${MAX_PIPELINE_FILE_BYTES} bytes`,
    );
  return readPipelineFile(text, {
    predefined: predefinedVariables(row, { project, registry: registry?.prefix }),
    secrets: valuesOf(secrets),
  });
}

function endOf(
  error: unknown,
  signal: AbortSignal,
  deps: Pick<PipelineRunDeps, 'onError'>,
): RunEnd {
  const cause: unknown = signal.aborted ? signal.reason : error;
  if (cause instanceof BuildStopped) return { status: cause.status, message: cause.message };
  return { status: 'failed', message: wordsOf(cause, deps) };
}

/** PipelineRun has the jobs of a build run, each as soon as its turn comes. */
class PipelineRun {
  readonly #deps: PipelineRunDeps;
  readonly #running: RunningPipeline;
  readonly #steps: readonly BuildStep[];
  readonly #runner: ReturnType<typeof createStepRunner>;
  /** Ends all jobs, when one of them meets what ends the build. */
  readonly #stop = new AbortController();
  readonly #ids: string[] = [];
  readonly #standings: Standing[];
  readonly #going = new Map<number, Promise<void>>();
  readonly #withArtifacts = new Set<number>();
  #notes: readonly string[];
  #roomBytes = MAX_PROJECT_ARTIFACT_BYTES;
  #failure: string | null = null;

  constructor(deps: PipelineRunDeps, running: RunningPipeline, plan: PlannedSteps) {
    const signal = AbortSignal.any([running.signal, this.#stop.signal]);
    this.#deps = deps;
    this.#running = { ...running, signal };
    this.#steps = plan.steps;
    this.#notes = plan.notes;
    this.#standings = plan.steps.map(() => 'waiting');
    const mask = createMask(running.secrets);
    const log = createPipelineLog(running.row.id, {
      ...{ repository: deps.output, onError: deps.onError, mask },
    });
    this.#runner = createStepRunner(deps, this.#running, { log, mask });
  }

  async run(): Promise<RunEnd> {
    const { signal } = this.#running;
    try {
      for (const [position, step] of this.#steps.entries())
        this.#ids.push(await this.#runner.observe(position, step, { status: 'queued' }));
      await this.#runAll(signal);
    } catch (error) {
      const end = endOf(error, signal, this.#deps);
      await this.#endRest(end);
      return end;
    }
    return this.#failure === null
      ? { status: 'succeeded', message: null }
      : { status: 'failed', message: this.#failure };
  }

  async #runAll(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        while (await this.#moveOne(signal));
        if (this.#going.size === 0) return;
        await Promise.race(this.#going.values());
      }
    } catch (error) {
      this.#stop.abort(error);
      throw error;
    } finally {
      await Promise.all(this.#going.values());
    }
  }

  /** False: all that is left waits for what runs. */
  async #moveOne(signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    for (const [position, step] of this.#steps.entries()) {
      if (this.#standings[position] !== 'waiting') continue;
      const move = moveOf(this.#steps, this.#standings, step.job);
      if (move === 'wait' || (move === 'run' && this.#isFull())) continue;
      if (move === 'run') this.#begin(position, step);
      else await this.#leaveOut(position, step, move.leaveOutFor);
      return true;
    }
    return false;
  }

  #isFull(): boolean {
    return this.#going.size >= this.#deps.jobsAtOnce;
  }

  async #leaveOut(position: number, step: BuildStep, message: string): Promise<void> {
    this.#standings[position] = 'left out';
    await this.#runner.observe(position, step, { status: 'skipped', message });
  }

  #begin(position: number, step: BuildStep): void {
    this.#standings[position] = 'running';
    const going = this.#runStep(position, step)
      .catch((error: unknown) => this.#stop.abort(error))
      .finally(() => this.#going.delete(position));
    this.#going.set(position, going);
  }

  async #runStep(position: number, step: BuildStep): Promise<void> {
    const notes = this.#notes;
    this.#notes = [];
    const end = await this.#runner.run(position, step, {
      ...{ id: this.#ids[position] ?? '', notes, roomBytes: this.#roomBytes },
      earlier: artifactsFor(this.#steps, step.job, this.#withArtifacts).map(
        (at) => this.#ids[at] ?? '',
      ),
    });
    this.#take(position, step, end);
  }

  #take(
    position: number,
    { job }: BuildStep,
    { status, message, artifactBytes = 0 }: JobEnd,
  ): void {
    const hasFailed = status === 'failed' && !job.mayFail;
    this.#standings[position] = hasFailed ? 'failed' : 'passed';
    if (artifactBytes > 0) this.#withArtifacts.add(position);
    this.#roomBytes -= artifactBytes;
    if (hasFailed)
      this.#failure ??= `“${job.name}” failed. ${message ?? ''}`.slice(0, MAX_MESSAGE_CHARACTERS);
  }

  /** A job that ran has what the build has; those that had still to come were not run. */
  async #endRest({ status, message }: RunEnd): Promise<void> {
    const isFailed = status === 'failed';
    await this.#deps.records.endJobs(this.#running.row.id, {
      ...{ running: isFailed ? 'failed' : 'canceled', errorMessage: message },
      observedAt: this.#deps.clock.now(),
    });
  }
}
