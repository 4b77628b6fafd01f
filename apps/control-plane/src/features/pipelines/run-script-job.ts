import { AppError } from '@spt-flow/shared/domain/errors';
import type { BuildMachine } from './build-machines.ts';
import type { PipelineJob } from './file/pipeline-job.ts';
import { collectArtifacts, unpack } from './job-artifacts.ts';
import type { JobLog } from './pipeline-log.ts';
import type { JobEnd, PipelineRunDeps, RunningPipeline } from './pipeline-run.ts';
import { runScript, type ScriptEnd } from './run-script.ts';

const AFTER_SCRIPT_MS = 300_000;

export interface JobRun {
  readonly id: string;
  readonly job: PipelineJob;
  readonly log: JobLog;
  /** Earlier jobs that left artifacts. */
  readonly earlier: readonly string[];
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
  const secrets = Object.fromEntries(running.secrets.map(({ name, value }) => [name, value]));
  const script = {
    ...{ signal, onLine: (line: string) => log.line(line) },
    env: { ...secrets, ...job.variables },
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
  const { hasArtifacts, problem } = await keepArtifacts(machine, ok, { deps, running, run });
  const message = ok ? problem : wordsFor(job, end);
  return {
    ...{ status: message === undefined ? 'succeeded' : 'failed', exitCode: end.exitCode },
    ...{ hasArtifacts, ...(message !== undefined && { message }) },
  };
}

async function keepArtifacts(
  machine: BuildMachine,
  ok: boolean,
  { deps, running: { signal }, run: { id, job, log } }: On,
): Promise<{ hasArtifacts: boolean; problem?: string }> {
  const { artifacts } = job;
  if (!artifacts || (artifacts.when !== 'always' && (artifacts.when === 'on_success') !== ok))
    return { hasArtifacts: false };
  try {
    const archive = await collectArtifacts(machine, artifacts.paths, signal);
    if (!archive) {
      await log.line(`No file is like ${artifacts.paths.join(', ')}: there are no artifacts`);
      return { hasArtifacts: false };
    }
    const expiresAt = new Date(deps.clock.now().getTime() + artifacts.keepSeconds * 1000);
    await deps.output.addArtifacts(id, archive, expiresAt);
    return { hasArtifacts: true };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'limit_reached') throw error;
    await log.line(error.message);
    return { hasArtifacts: false, problem: error.message };
  }
}

function wordsFor(job: PipelineJob, { exitCode, timedOut }: ScriptEnd): string {
  if (timedOut)
    return `It did not end within ${Math.round(job.timeoutSeconds / 60)} minutes and was ended: set "timeout" if it needs longer`;
  return `A command ended with exit code ${exitCode ?? 'unknown'}`;
}
