import {
  CHANNEL_CONTROL,
  CHANNEL_DATA,
  CHANNEL_STDERR,
  ExitTrailersSchema,
  PtyControlSchema,
} from '@spt-flow/shared/agent-protocol/requests';
import {
  PIPE_STDERR,
  PIPE_STDOUT,
  TerminalClientMessageSchema,
  type TerminalServerMessage,
} from '@spt-flow/shared/api/terminals';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { RawData, WebSocket } from 'ws';
import { createChannelDecoder, encodeChannel } from '@spt-flow/tunnel/channel-framing';
import { toAppError, type AgentAnswer } from '../agents/index.ts';

/** Not yet taken by the browser; beyond it the terminal waits. */
const MAX_BUFFERED_BYTES = 512 * 1024;
/** A paused connection reads nothing, also not its own end: only writing finds out that the other side left. */
const PAUSED_PROBE_MS = 1_000;
const STDOUT_MARK = Buffer.from([PIPE_STDOUT]);
const STDERR_MARK = Buffer.from([PIPE_STDERR]);

export interface TerminalSession {
  readonly socket: WebSocket;
  readonly stream: AgentAnswer['stream'];
  readonly terminalId: string;
  /** False: a command in pipes. */
  readonly tty: boolean;
  /** Something was typed; of a command, that somebody waits for it. */
  readonly onUse: () => void;
}

/**
 * relayTerminal carries bytes both ways until the terminal or the client is gone; the exit code when it ended.
 * Resetting the stream detaches from a terminal, and kills a command in pipes.
 */
export async function relayTerminal(session: TerminalSession): Promise<number | undefined> {
  const { socket, stream } = session;
  const detach = () => stream.reset('cancelled');
  socket.once('close', detach);
  const probe = setInterval(() => {
    if (socket.isPaused) socket.ping();
    if (!session.tty) session.onUse();
  }, PAUSED_PROBE_MS);
  relayInput(session);
  try {
    await relayOutput(session);
    const { exitCode } = ExitTrailersSchema.parse(await stream.trailers);
    sendMessage(socket, { type: 'exit', exitCode });
    return exitCode;
  } catch (error) {
    if (socket.readyState !== socket.OPEN) return undefined;
    throw toAppError(error);
  } finally {
    clearInterval(probe);
    socket.off('close', detach);
    socket.resume();
  }
}

export function sendMessage(socket: WebSocket, message: TerminalServerMessage): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
}

async function relayOutput(session: TerminalSession): Promise<void> {
  const { socket, stream } = session;
  const decoder = createChannelDecoder();
  const show = session.tty ? showTerminal(session) : showPipes(session);
  const chunks: AsyncIterable<Buffer> = stream;
  for await (const chunk of chunks) {
    decoder.feed(chunk, show);
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) await flushed(socket);
  }
}

type Show = (channel: number, bytes: Buffer) => void;

function showTerminal({ socket, terminalId }: TerminalSession): Show {
  return (channel, bytes) => {
    if (channel === CHANNEL_DATA) socket.send(bytes, { binary: true });
    if (channel !== CHANNEL_CONTROL) return;
    const message = PtyControlSchema.safeParse(parseJson(bytes.toString()));
    if (message.data?.type !== 'attached') return;
    sendMessage(socket, { type: 'ready', terminalId, reattached: message.data.reattached });
  };
}

function showPipes({ socket, terminalId }: TerminalSession): Show {
  sendMessage(socket, { type: 'ready', terminalId, reattached: false });
  return (channel, bytes) => {
    if (channel !== CHANNEL_DATA && channel !== CHANNEL_STDERR) return;
    const mark = channel === CHANNEL_DATA ? STDOUT_MARK : STDERR_MARK;
    socket.send(Buffer.concat([mark, bytes]), { binary: true });
  };
}

/** An empty ping is queued behind what was sent before it. */
function flushed(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.ping(undefined, undefined, (error?: Error) => (error ? reject(error) : resolve()));
  });
}

function relayInput({ socket, stream, onUse }: TerminalSession): void {
  stream.on('drain', () => socket.resume());
  socket.on('message', (data, isBinary) => {
    // Who is told to leave says nothing more.
    if (stream.destroyed || stream.writableEnded || socket.readyState !== socket.OPEN) return;
    // A page tells its size whenever it connects again.
    if (isBinary) onUse();
    const frame = isBinary
      ? encodeChannel(CHANNEL_DATA, bytesOf(data))
      : controlFrame(bytesOf(data).toString());
    if (frame === undefined) refuseMessage(socket);
    else if (!stream.write(frame)) socket.pause();
  });
}

function controlFrame(text: string): Buffer | undefined {
  const message = TerminalClientMessageSchema.safeParse(parseJson(text));
  if (!message.success) return undefined;
  return encodeChannel(CHANNEL_CONTROL, Buffer.from(JSON.stringify(message.data)));
}

function refuseMessage(socket: WebSocket): void {
  const error = new AppError('validation_failed', 'The message is not one that a terminal knows');
  sendMessage(socket, { type: 'error', code: error.code, message: error.message });
  socket.close(1007);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is not a message either: the schema refuses undefined.
    return undefined;
  }
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}
