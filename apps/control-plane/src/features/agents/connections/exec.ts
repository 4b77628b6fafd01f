import {
  CHANNEL_DATA,
  CHANNEL_STDERR,
  ExitTrailersSchema,
  type ExitTrailers,
  type RequestHead,
} from '@spt-flow/shared/agent-protocol/requests';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createChannelDecoder, encodeChannel } from '@spt-flow/tunnel/channel-framing';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import { GrowingBuffer } from '../../../lib/growing-buffer.ts';
import { toAppError } from './agent-errors.ts';
import type { AgentConnections } from './agent-connections.ts';

const DEFAULT_MAX_BYTES = 1024 * 1024;
const INPUT_SLICE_BYTES = 64 * 1024;
/** The agent ends a program in time; one that does not is given up, or who waits would wait for good. */
const GRACE_MS = 120_000;
const READ_TIMEOUT_MS = 300_000;
/** Timers that are longer end at once. */
const LONGEST_MS = 2 ** 31 - 1;

export interface ExecCommand {
  readonly argv: readonly string[];
  /** Relative to the project. */
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs: number;
  readonly correlationId?: string | undefined;
  /** Standard input; absent: empty. */
  readonly input?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Kept of each stream; what is beyond is read and dropped. */
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Output as it arrives; a promise holds up the reading until it is settled. */
  readonly onOutput?:
    ((bytes: Buffer, channel: 'stdout' | 'stderr') => void | Promise<void>) | undefined;
}

export interface ExecOutcome extends ExitTrailers {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly truncated: boolean;
}

/** runInWorkspace runs a program through the agent and waits for its end; aborting kills its process group. */
export async function runInWorkspace(
  agents: AgentConnections,
  workspaceId: string,
  command: ExecCommand,
): Promise<ExecOutcome> {
  const { stream } = await agents.request(workspaceId, headOf(command), { signal: command.signal });
  const maxBytes = command.maxBytes ?? DEFAULT_MAX_BYTES;
  const outputs = { stdout: new BoundedOutput(maxBytes), stderr: new BoundedOutput(maxBytes) };
  const decoder = createChannelDecoder();
  const held: Promise<void>[] = [];
  const take = (channel: number, bytes: Buffer) => {
    if (channel !== CHANNEL_DATA && channel !== CHANNEL_STDERR) return;
    const name = channel === CHANNEL_STDERR ? 'stderr' : 'stdout';
    outputs[name].add(bytes);
    const holding = command.onOutput?.(bytes, name);
    if (holding) held.push(holding);
  };
  const fault: { ofInput?: unknown } = {};
  const deadline = resetAfter(stream, command.timeoutMs + GRACE_MS);
  try {
    // Both at once: a program may write before it has read all. Where there is no more input, reading ends too.
    writeInput(stream, command.input).catch((error: unknown) => {
      fault.ofInput = error;
      stream.reset('cancelled');
    });
    const output: AsyncIterable<Buffer> = stream;
    for await (const chunk of output) {
      decoder.feed(chunk, take);
      await Promise.all(held.splice(0));
    }
    const trailers = ExitTrailersSchema.parse(await stream.trailers);
    const truncated = outputs.stdout.truncated || outputs.stderr.truncated;
    return {
      ...trailers,
      stdout: outputs.stdout.bytes(),
      stderr: outputs.stderr.bytes(),
      truncated,
    };
  } catch (error) {
    command.signal?.throwIfAborted();
    throw fault.ofInput instanceof AppError ? fault.ofInput : toAppError(error);
  } finally {
    clearTimeout(deadline);
  }
}

/** resetAfter gives up a stream that has no end by then. */
export function resetAfter(stream: { reset(code: string): void }, delayMs: number): NodeJS.Timeout {
  return setTimeout(() => stream.reset('timeout'), Math.min(delayMs, LONGEST_MS)).unref();
}

async function writeInput(
  stream: TunnelStream,
  input: NonNullable<ExecCommand['input']> = new Uint8Array(),
): Promise<void> {
  const pieces = input instanceof Uint8Array ? [input] : input;
  for await (const piece of pieces)
    for (let start = 0; start < piece.length; start += INPUT_SLICE_BYTES) {
      const slice = encodeChannel(CHANNEL_DATA, piece.subarray(start, start + INPUT_SLICE_BYTES));
      if (stream.destroyed) return;
      if (!stream.write(slice)) await untilDrained(stream);
    }
  stream.end();
}

/** Or until it is closed. */
function untilDrained(stream: TunnelStream): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stream.off('drain', end).off('close', end);
      resolve();
    };
    stream.on('drain', end).on('close', end);
  });
}

/** readAll collects a stream's body, up to a limit of bytes and time. */
export async function readAll(
  stream: AsyncIterable<Buffer> & { reset(code: string): void },
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const deadline = resetAfter(stream, READ_TIMEOUT_MS);
  try {
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        stream.reset('too_large');
        throw new AppError('body_too_large', `The answer is larger than ${maxBytes} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw toAppError(error);
  } finally {
    clearTimeout(deadline);
  }
  return Buffer.concat(chunks);
}

function headOf(command: ExecCommand): RequestHead {
  const { argv, cwd, env, timeoutMs, correlationId } = command;
  return { method: 'exec', argv: [...argv], cwd, env: env && { ...env }, timeoutMs, correlationId };
}

class BoundedOutput {
  readonly #maxBytes: number;
  readonly #kept = new GrowingBuffer();
  truncated = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(bytes: Buffer): void {
    const kept = bytes.subarray(0, this.#maxBytes - this.#kept.length);
    if (kept.length < bytes.length) this.truncated = true;
    this.#kept.append(kept);
  }

  bytes(): Buffer {
    return this.#kept.take();
  }
}
