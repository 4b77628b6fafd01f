import { Readable, Writable } from 'node:stream';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { WebSocket } from 'ws';
import * as z from 'zod';
import { messageBytes } from '../../../../lib/message-bytes.ts';
import { parseJson } from '../../../../lib/parse-json.ts';
import { watchHeartbeat } from '../../../../lib/heartbeat.ts';
import { UnansweredError } from '../api-error.ts';
import type { ClusterClient } from '../cluster-client.ts';

/** With it the end of the input can be told, since Kubernetes 1.30. */
const PROTOCOL = 'v5.channel.k8s.io';
/** What the first byte of each message says of the rest. */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;
const MAX_WORDS = 500;

const StatusSchema = z.object({ status: z.string(), message: z.string().default('') });

/** PodCommand is a program in a container, without a terminal. */
export interface PodCommand {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** AppError `backup_failed`: it failed, in its words. UnansweredError: the connection is gone. */
  readonly ended: Promise<void>;
  close(): void;
}

export interface CommandPlace {
  /** Path of the pod in the API. */
  readonly podPath: string;
  readonly container: string;
}

/** runInPod starts a program; it resolves once the container has it. */
export async function runInPod(
  client: ClusterClient,
  { podPath, container }: CommandPlace,
  argv: readonly string[],
): Promise<PodCommand> {
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', stderr: 'true' });
  for (const word of argv) query.append('command', word);
  const socket = await client.openSocket(`${podPath}/exec?${query.toString()}`, PROTOCOL);
  watchHeartbeat(socket);
  return commandOf(socket);
}

function commandOf(socket: WebSocket): PodCommand {
  const send = (channel: number, bytes: Buffer, done: (error?: Error | null) => void) =>
    socket.send(Buffer.concat([Buffer.from([channel]), bytes]), { binary: true }, done);
  const stdout = new Readable({ read: () => socket.resume() });
  const stdin = new Writable({
    write: (chunk: Buffer, _encoding, done) => send(CHANNEL.stdin, chunk, done),
    final: (done) => send(CHANNEL.close, Buffer.from([CHANNEL.stdin]), done),
  });
  // Whoever uses them is told by them, or by the end.
  for (const stream of [stdin, stdout, socket]) stream.on('error', () => undefined);
  const ended = endOf(socket, stdout);
  ended.catch((error: unknown) => {
    stdout.destroy(errorOf(error));
    stdin.destroy(errorOf(error));
  });
  socket.resume();
  return { stdin, stdout, ended, close: () => socket.terminate() };
}

function endOf(socket: WebSocket, stdout: Readable): Promise<void> {
  let words = '';
  return new Promise<void>((resolve, reject) => {
    socket.once('close', () => reject(new UnansweredError('the connection to the pod was lost')));
    socket.on('message', (data) => {
      const message = messageBytes(data);
      const payload = message.subarray(1);
      if (message[0] === CHANNEL.stdout && !stdout.push(payload)) socket.pause();
      if (message[0] === CHANNEL.stderr) words = (words + payload.toString()).slice(-MAX_WORDS);
      if (message[0] !== CHANNEL.status) return;
      const failure = failureIn(payload.toString(), words);
      if (failure) return reject(failure);
      resolve();
      stdout.push(null);
      socket.close();
    });
  });
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function failureIn(text: string, words: string): AppError | undefined {
  const { data } = StatusSchema.safeParse(parseJson(text));
  if (data?.status === 'Success') return undefined;
  const said = words.trim() || data?.message || 'nothing that can be read';
  return new AppError('backup_failed', `The pod that copies says: ${said.slice(0, MAX_WORDS)}`);
}
