import { AppError } from '@spt-flow/shared/domain/errors';
import type { BuildMachine } from './build-machines.ts';
import type { PipelineJob } from './file/pipeline-job.ts';
import { collectArtifacts, unpack } from './job-artifacts.ts';
import type { JobLog } from './pipeline-log.ts';
import {
  valuesOf,
  type JobEnd,
  type PipelineRunDeps,
  type RunningPipeline,
} from './pipeline-run.ts';
import { runScript, type ScriptEnd } from './run-script.ts';

const AFTER_SCRIPT_MS = 300_000;

export interface JobRun {
  readonly id: string;
  readonly job: PipelineJob;
  readonly log: JobLog;
  /** Jobs before it that left artifacts. */
  readonly earlier: readonly string[];
  /** What its artifacts may have. */
  readonly roomBytes: number;
}

/** runScriptJob runs a job on a machine of its own: the files of the commit, what earlier jobs left, then its script. */
export async function runScriptJob(
  deps: PipelineRunDeps,
  running: RunningPipeline,
  run: JobRun,
): Promise<JobEnd> {
  const { place, signal } = running;
  const { image } = run.job;
  if (!place.hasImages && image !== null)
    await run.log.line(`This machine runs no images: the job finds its programs, not "${image}"`);
  const machine = await deps.machines.open({
    ...{ jobId: run.id, signal, provider: place.provider, correlationId: running.correlationId },
    settings: { ...place.settings, image: place.hasImages ? image : null },
  });
  try {
    const { row } = running;
    const files = deps.source.archive(row.projectId, row.commit, signal);
    await unpack(machine, files, { options: '-xf', signal });
    for (const jobId of run.earlier)
      await unpack(machine, deps.output.artifacts(jobId), { options: '-xzf', signal });
    return await runOn(machine, { deps, running, run });
  } finally {
    await machine.end();
  }
}

interface On {
  readonly deps: PipelineRunDeps;
  readonly running: RunningPipeline;
  readonly run: JobRun;
}

async function runOn(machine: BuildMachine, { deps, running, run }: On): Promise<JobEnd> {
  const { job, log } = run;
  const { signal } = running;
  const script = {
    ...{ signal, onLine: (line: string) => log.line(line) },
    env: { ...job.variables, ...valuesOf(running.secrets) },
  };
  const end = await runScript(machine, {
    ...script,
    ...{ commands: job.script, timeoutMs: job.timeoutSeconds * 1000 },
  });
  const ok = end.exitCode === 0;
  if (job.afterScript.length > 0)
    await runScript(machine, {
      ...{ ...script, commands: job.afterScript, timeoutMs: AFTER_SCRIPT_MS },
      env: { ...script.env, CI_JOB_STATUS: ok ? 'success' : 'failed' },
    });
  const { bytes, problem } = await keepArtifacts(machine, ok, { deps, running, run });
  const message = ok ? problem : wordsFor(job, end);
  return {
    ...{ status: message === undefined ? 'succeeded' : 'failed', exitCode: end.exitCode },
    ...{ artifactBytes: bytes, ...(message !== undefined && { message }) },
  };
}

async function keepArtifacts(
  machine: BuildMachine,
  ok: boolean,
  { deps, running: { signal }, run: { id, job, log, roomBytes } }: On,
): Promise<{ bytes: number; problem?: string }> {
  const { artifacts } = job;
  if (!artifacts || (artifacts.when !== 'always' && (artifacts.when === 'on_success') !== ok))
    return { bytes: 0 };
  try {
    const archive = await collectArtifacts(machine, artifacts.paths, { roomBytes, signal });
    if (!archive) {
      await log.line(`No file is like ${artifacts.paths.join(', ')}: there are no artifacts`);
      return { bytes: 0 };
    }
    const expiresAt = new Date(deps.clock.now().getTime() + artifacts.keepSeconds * 1000);
    await deps.output.addArtifacts(id, archive, expiresAt);
    return { bytes: archive.length };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'limit_reached') throw error;
    await log.line(error.message);
    return { bytes: 0, problem: error.message };
  }
}

function wordsFor(job: PipelineJob, { exitCode, timedOut }: ScriptEnd): string {
  return timedOut ? tookTooLong(job) : `A command failed with exit code ${exitCode ?? 'unknown'}`;
}

export function tookTooLong({ timeoutSeconds }: PipelineJob): string {
  const minutes = Math.floor(timeoutSeconds / 60);
  const time = minutes > 0 ? `${minutes} min` : `${timeoutSeconds} s`;
  return `It did not end within ${time} and was ended: set "timeout" if it needs longer`;
}
