import { setTimeout as sleep } from 'node:timers/promises';
import type { Pipeline, PipelineLogPiece } from '@spt-flow/shared/api/pipelines';
import type { Client } from '../api/client.ts';
import type { Context } from '../context.ts';
import { CliError, EXIT } from '../core/errors.ts';
import { plain } from '../core/text.ts';

const ASK_AGAIN_MS = 500;

/** Followed is a build that is shown as it goes on. */
export interface Followed {
  readonly handle: string;
  readonly build: string;
  readonly isFollowing: boolean;
}

/** showBuildLog prints what the jobs print, to the end of the build where it is followed; returns the build. */
export async function showBuildLog(
  context: Context,
  client: Pick<Client, 'readBuildLog' | 'getBuild'>,
  { handle, build, isFollowing }: Followed,
): Promise<Pipeline> {
  let after = 0;
  let shownJob = '';
  for (;;) {
    const { items, isWhole } = await client.readBuildLog(handle, build, after);
    const pipeline = await client.getBuild(handle, build);
    for (const piece of items) {
      if (piece.jobId !== shownJob) context.note(titleOf(pipeline, piece));
      shownJob = piece.jobId;
      for (const line of piece.text.replace(/\n$/, '').split('\n'))
        context.io.stdout.write(`${plain(line)}\n`);
      after = piece.cursor;
    }
    if (items.length > 0) continue;
    // Of the build alone it can't be told: it may have ended after its log was read.
    if (isWhole || !isFollowing) return pipeline;
    await sleep(ASK_AGAIN_MS, undefined, { signal: context.io.signal });
  }
}

function titleOf({ jobs }: Pipeline, { jobId }: PipelineLogPiece): string {
  const job = jobs.find(({ id }) => id === jobId);
  return job ? `— ${plain(job.stage)}: ${plain(job.name)}` : '—';
}

const HOW: Readonly<Record<Pipeline['status'], string>> = {
  queued: 'waits',
  running: 'is running',
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'was canceled',
  skipped: 'was skipped',
};

/** endText says how a build ended: what failed may have printed nothing. */
export function endText({ status, number, message }: Pipeline): string {
  const reason = plain((message ?? '').split('\n')[0] ?? '');
  return `Build ${number} ${HOW[status]}${reason === '' ? '' : `: ${reason}`}`;
}

/** requireSuccess ends the command as the build ended. */
export function requireSuccess(
  context: Context,
  { handle }: Pick<Followed, 'handle'>,
  pipeline: Pipeline,
): void {
  const { status, number } = pipeline;
  if (status === 'succeeded') return context.note(endText(pipeline));
  throw new CliError({
    what: endText(pipeline),
    safe: 'Your code is as it was',
    command: `spt-flow build logs ${handle} ${number}`,
    exitCode: EXIT.failure,
  });
}
