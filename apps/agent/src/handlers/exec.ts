import type { Readable } from 'node:stream';
import {
  CHANNEL_CONTROL,
  CHANNEL_DATA,
  CHANNEL_STDERR,
  PtyControlSchema,
  type ExitTrailers,
} from '@spt-flow/shared/agent-protocol/requests';
import { encodeChannel } from '@spt-flow/tunnel/channel-framing';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import { join } from 'node:path';
import { stopGroup } from '../processes/process-group.ts';
import type { Environment, ProcessGroup, SpawnGroup } from '../runtime/spawn-group.ts';
import { readChannels } from './channels.ts';
import type { Handler } from './handler.ts';
import { requireDirectory } from './require-directory.ts';

const KILL_GRACE_MS = 500;

export interface ExecDeps {
  readonly spawn: SpawnGroup;
  readonly projectDirectory: string;
  readonly environment: Environment;
}

/** Runs a command in the project; the stream's end before the command's own kills its whole group. */
export function createExecHandler(deps: ExecDeps): Handler<'exec'> {
  return async ({ head, stream, accept }) => {
    const { cwd = '' } = head;
    await requireDirectory(deps.projectDirectory, cwd);
    const group = await deps.spawn({
      argv: head.argv,
      cwd: join(deps.projectDirectory, cwd),
      env: { ...deps.environment, ...head.env },
    });
    if (!stream.destroyed) accept();
    const kill = () => void stopGroup(group.id, KILL_GRACE_MS);
    let timedOut = false;
    const timer =
      head.timeoutMs === undefined
        ? undefined
        : setTimeout(() => ((timedOut = true), kill()), head.timeoutMs);
    if (stream.destroyed) kill();
    stream.once('close', kill);
    forwardInput(stream, group);
    forwardOutput(stream, group);
    const { exitCode, signal } = await group.closed;
    clearTimeout(timer);
    stream.off('close', kill);
    if (stream.destroyed) return;
    stream.resume();
    stream.endWith({ exitCode, signal, timedOut } satisfies ExitTrailers);
  };
}

function forwardInput(stream: TunnelStream, group: ProcessGroup): void {
  const { stdin } = group;
  readChannels(stream, (channel, payload) => {
    if (channel === CHANNEL_DATA && stdin.writable && !stdin.write(payload)) stream.pause();
    if (channel === CHANNEL_CONTROL && isEnd(payload)) stdin.end();
  });
  stream.on('end', () => stdin.end());
  stdin.on('drain', () => stream.resume());
  // A command that does not read its input must not hold up the stream's own end.
  stdin.on('close', () => stream.resume());
}

function isEnd(payload: Buffer): boolean {
  return PtyControlSchema.parse(JSON.parse(payload.toString('utf8'))).type === 'eof';
}

function forwardOutput(stream: TunnelStream, group: ProcessGroup): void {
  forward(group.stdout, CHANNEL_DATA);
  forward(group.stderr, CHANNEL_STDERR);

  function forward(output: Readable, channel: number): void {
    output.on('data', (chunk: Buffer) => {
      if (stream.destroyed || stream.write(encodeChannel(channel, chunk))) return;
      group.stdout.pause();
      group.stderr.pause();
    });
  }

  function resume(): void {
    group.stdout.resume();
    group.stderr.resume();
  }

  stream.on('drain', resume);
  // Nobody reads any more; the output must still reach its end.
  stream.on('close', resume);
}
