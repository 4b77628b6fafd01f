import { AppError } from '@spt-flow/shared/domain/errors';
import { stepsOf, type BuildStep } from './build-steps.ts';
import type { PipelinePlan } from './file/pipeline-job.ts';
import {
  MAX_PIPELINE_FILE_BYTES,
  PIPELINE_FILE,
  readPipelineFile,
} from './file/read-pipeline-file.ts';
import { createPipelineLog, type PipelineLog } from './pipeline-log.ts';
import type { JobEnd, PipelineRunDeps, RunningPipeline } from './pipeline-run.ts';
import { predefinedVariables } from './predefined-variables.ts';
import { buildImage, signalDeploy } from './run-own-job.ts';
import { runScriptJob, type JobRun } from './run-script-job.ts';

const DOCKERFILE = 'Dockerfile';
const MAX_MESSAGE_CHARACTERS = 2_000;

/** BuildStopped is why a build is ended from outside. */
export class BuildStopped extends Error {
  override readonly name = 'BuildStopped';
  readonly status: 'canceled' | 'failed';

  constructor(status: 'canceled' | 'failed', message: string) {
    super(message);
    this.status = status;
  }
}

/** RunEnd is what becomes of a build. */
export interface RunEnd {
  readonly status: 'succeeded' | 'failed' | 'canceled';
  readonly message: string | null;
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
    return await new PipelineRun(deps, running, steps).run(plan.notes);
  } catch (error) {
    return endOf(error, running.signal, deps);
  }
}

async function readPlan(
  { source, registry }: PipelineRunDeps,
  { row, project }: RunningPipeline,
): Promise<PipelinePlan> {
  const file = { path: PIPELINE_FILE, maxBytes: MAX_PIPELINE_FILE_BYTES };
  const text = await source.file(row.projectId, row.commit, file);
  if (text === undefined)
    throw new AppError(
      'pipeline_missing',
      `The commit has no file "${PIPELINE_FILE}" of at most ${MAX_PIPELINE_FILE_BYTES} bytes`,
    );
  return readPipelineFile(text, predefinedVariables(row, { project, registry: registry?.prefix }));
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

/** What people are told of a failure; what nobody expected is told to the operator. */
function wordsOf(error: unknown, { onError }: Pick<PipelineRunDeps, 'onError'>): string {
  if (error instanceof AppError && error.code !== 'internal') return error.message;
  onError(error, 'build');
  return 'Something went wrong in spt-flow itself: run the build again';
}

class PipelineRun {
  readonly #deps: PipelineRunDeps;
  readonly #running: RunningPipeline;
  readonly #steps: readonly BuildStep[];
  readonly #log: PipelineLog;
  readonly #ids: string[] = [];
  readonly #withArtifacts: string[] = [];
  #failure: string | null = null;

  constructor(deps: PipelineRunDeps, running: RunningPipeline, steps: readonly BuildStep[]) {
    this.#deps = deps;
    this.#running = running;
    this.#steps = steps;
    this.#log = createPipelineLog(running.row.id, {
      ...{ repository: deps.output, onError: deps.onError },
      known: running.secrets,
    });
  }

  async run(notes: readonly string[]): Promise<RunEnd> {
    for (const position of this.#steps.keys())
      this.#ids.push(await this.#observe(position, { status: 'queued' }));
    try {
      for (const [position, step] of this.#steps.entries())
        await this.#step(position, step, position === 0 ? notes : []);
    } catch (error) {
      const end = endOf(error, this.#running.signal, this.#deps);
      await this.#endRest(end);
      return end;
    }
    return this.#failure === null
      ? { status: 'succeeded', message: null }
      : { status: 'failed', message: this.#failure };
  }

  async #step(position: number, step: BuildStep, notes: readonly string[]): Promise<void> {
    const { job } = step;
    this.#running.signal.throwIfAborted();
    const reason = this.#reasonToSkip(step);
    if (reason !== undefined) {
      await this.#observe(position, { status: 'skipped', message: reason });
      return;
    }
    await this.#tellStage(job.stage);
    await this.#observe(position, { status: 'running' });
    const end = await this.#runLogged(position, step, notes);
    await this.#observe(position, end);
    if (end.status === 'failed' && !job.mayFail)
      this.#failure ??= `“${job.name}” failed. ${end.message ?? ''}`.slice(
        0,
        MAX_MESSAGE_CHARACTERS,
      );
  }

  #reasonToSkip({ job }: BuildStep): string | undefined {
    const { when } = job;
    if (when === 'manual') return 'It is started by hand in GitLab, and left out here';
    const hasFailed = this.#failure !== null;
    if (when === 'on_failure' && !hasFailed) return 'It runs only when something failed';
    if (when === 'on_success' && hasFailed) return 'Something before it failed';
    return undefined;
  }

  async #runLogged(position: number, step: BuildStep, notes: readonly string[]): Promise<JobEnd> {
    const id = this.#ids[position] ?? '';
    const log = this.#log.openJob(id);
    const { changeJob } = this.#deps.pipelines;
    await changeJob(id, { logCoverage: 'running' });
    try {
      for (const note of notes) await log.line(note);
      const run = { id, job: step.job, log, earlier: [...this.#withArtifacts] };
      const end = await this.#runStep(step, run).catch((error: unknown): JobEnd => {
        this.#running.signal.throwIfAborted();
        return { status: 'failed', message: wordsOf(error, this.#deps) };
      });
      if (end.hasArtifacts) this.#withArtifacts.push(id);
      if (end.status !== 'failed') return end;
      const tail = step.kind === 'deploy' ? [] : log.tail();
      return { ...end, message: [end.message ?? '', ...tail].join('\n') };
    } finally {
      const { coverage, bytes } = await log.end();
      await changeJob(id, { logCoverage: coverage, logBytes: bytes });
    }
  }

  #runStep(step: BuildStep, run: JobRun): Promise<JobEnd> {
    const work = { script: runScriptJob, image: buildImage, deploy: signalDeploy }[step.kind];
    return work(this.#deps, this.#running, run);
  }

  async #tellStage(stage: string): Promise<void> {
    const now = this.#deps.clock.now();
    const { id } = this.#running.row;
    const goesOn = await this.#deps.records.updateStatus(id, {
      ...{ status: 'running', stage, observedAt: now },
    });
    if (!goesOn) throw new BuildStopped('canceled', 'The build is not there any more');
  }

  async #observe(
    position: number,
    end: { status: JobEnd['status'] | 'queued' | 'running' | 'canceled' } & Omit<JobEnd, 'status'>,
  ): Promise<string> {
    const step = this.#steps[position];
    if (!step) throw new Error('there is no such job');
    const { name, stage, mayFail } = step.job;
    const now = this.#deps.clock.now();
    const { status, message, exitCode } = end;
    const { row } = this.#running;
    const id = await this.#deps.records.updateJob(row, {
      ...{ name, stage, mayFail, position, status, observedAt: now },
      ...(message !== undefined && { errorMessage: message.slice(0, MAX_MESSAGE_CHARACTERS) }),
      ...(exitCode !== undefined && { exitCode }),
      ...(status === 'running' && { startedAt: now }),
      ...(status !== 'queued' && status !== 'running' && { finishedAt: now }),
    });
    if (id === undefined) throw new BuildStopped('canceled', 'The build is not there any more');
    return id;
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
