import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { LogLevel } from '../../logs/index.ts';
import type { WorkspaceReport } from '../provider.ts';
import type { CoderClient } from './coder-client.ts';
import { isUnavailable } from './coder-problem.ts';
import type { BuildLog, CoderBuild } from './coder-shapes.ts';

const POLL_MS = 2_000;
const MAX_LINE_CHARACTERS = 2_000;
const MAX_ERROR_LINES = 8;

export interface BuildFollowing {
  readonly report: WorkspaceReport;
  /** The build itself goes on. */
  readonly signal?: AbortSignal | undefined;
  readonly pollMs?: number | undefined;
}

/**
 * followBuild returns the build once it has succeeded. Its log goes to the report line by line, none twice and none
 * left out; AppError `coder_build_failed` has the words of the provisioner.
 */
export async function followBuild(
  client: CoderClient,
  buildId: string,
  { report, signal, pollMs = POLL_MS }: BuildFollowing,
): Promise<CoderBuild> {
  const logs = followLogs(client, buildId, report);
  try {
    for (;;) {
      logs.listen();
      const build = await look(client, buildId);
      if (build && !isActive(build)) {
        await logs.finish();
        return judge(build, logs.errors);
      }
      if (build) report.progress(progressOf(build));
      await delay(pollMs, undefined, { ref: false, ...(signal && { signal }) });
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    logs.close();
  }
}

/** isActive: its end is still to come. */
export function isActive({ job }: Pick<CoderBuild, 'job'>): boolean {
  return ['pending', 'running', 'canceling'].includes(job.status);
}

/** Coder restarts too; the build is its, and goes on. */
async function look(client: CoderClient, buildId: string): Promise<CoderBuild | undefined> {
  try {
    return await client.build(buildId);
  } catch (error) {
    if (isUnavailable(error)) return undefined;
    throw error;
  }
}

function followLogs(client: CoderClient, buildId: string, report: WorkspaceReport) {
  const ending = new AbortController();
  const errors: string[] = [];
  let lastId = 0;
  let stage = '';
  let isListening = false;

  function onLog(log: BuildLog): void {
    if (log.id <= lastId) return;
    lastId = log.id;
    if (log.stage !== stage && log.stage !== '') report.log('info', `Coder: ${log.stage}`);
    stage = log.stage;
    const text = log.output.trimEnd().slice(0, MAX_LINE_CHARACTERS);
    if (text.trim() === '') return;
    if (log.log_level === 'error' && errors.length < MAX_ERROR_LINES) errors.push(text.trim());
    report.log(levelOf(log.log_level), text);
  }

  return {
    errors,

    /** A connection that ends is opened anew at the next look. */
    listen(): void {
      if (isListening) return;
      isListening = true;
      const over = () => void (isListening = false);
      client
        .followBuildLogs(buildId, { signal: ending.signal, after: lastId, onLog })
        .then(over, over);
    },

    /** What the connection did not tell. */
    async finish(): Promise<void> {
      const left = await client.buildLogs(buildId, lastId).catch((error: unknown) => {
        if (isUnavailable(error)) return [];
        throw error;
      });
      for (const log of left) onLog(log);
    },

    close: () => ending.abort(),
  };
}

function judge(build: CoderBuild, errors: readonly string[]): CoderBuild {
  const { status, error } = build.job;
  if (status === 'succeeded') return build;
  const words = [error, ...errors].filter((text) => text !== '');
  const what =
    status === 'canceled'
      ? `Somebody cancelled the ${build.transition} in Coder`
      : `The ${build.transition} in Coder failed`;
  throw new AppError('coder_build_failed', [what, ...new Set(words)].join(': '));
}

function progressOf({ job, matched_provisioners: provisioners }: CoderBuild): string {
  if (job.status !== 'pending') return `Coder: ${job.status}`;
  if (provisioners && provisioners.available === 0)
    return 'Coder: no provisioner is available for it';
  return job.queue_position > 0 ? `Coder: ${job.queue_position} in line` : 'Coder: pending';
}

function levelOf(level: string): LogLevel {
  if (level === 'error' || level === 'warn' || level === 'debug') return level;
  return level === 'trace' ? 'debug' : 'info';
}
