import {
  CHANNEL_CONTROL,
  CHANNEL_DATA,
  ExitTrailersSchema,
  PtyControlSchema,
} from '@spt-flow/shared/agent-protocol/requests';
import {
  TerminalClientMessageSchema,
  type TerminalServerMessage,
} from '@spt-flow/shared/api/terminals';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { RawData, WebSocket } from 'ws';
import { createChannelDecoder, encodeChannel } from '@spt-flow/tunnel/channel-framing';
import { toAppError, type AgentAnswer } from '../agents/index.ts';

/** Not yet taken by the browser; beyond it the terminal waits. */
const MAX_BUFFERED_BYTES = 512 * 1024;

type PtyStream = AgentAnswer['stream'];

export interface TerminalSession {
  readonly socket: WebSocket;
  readonly stream: PtyStream;
  readonly terminalId: string;
}

/** relayTerminal carries bytes both ways until the terminal or the browser is gone; the exit code when it ended. */
export async function relayTerminal(session: TerminalSession): Promise<number | undefined> {
  const { socket, stream } = session;
  const detach = () => stream.reset('cancelled');
  socket.once('close', detach);
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
    socket.off('close', detach);
  }
}

export function sendMessage(socket: WebSocket, message: TerminalServerMessage): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
}

async function relayOutput({ socket, stream, terminalId }: TerminalSession): Promise<void> {
  const decoder = createChannelDecoder();
  function show(channel: number, bytes: Buffer): void {
    if (channel === CHANNEL_DATA) socket.send(bytes, { binary: true });
    if (channel !== CHANNEL_CONTROL) return;
    const message = PtyControlSchema.safeParse(parseJson(bytes.toString()));
    if (message.data?.type !== 'attached') return;
    sendMessage(socket, { type: 'ready', terminalId, reattached: message.data.reattached });
  }
  for await (const chunk of stream) {
    decoder.feed(chunk, show);
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) await flushed(socket);
  }
}

/** An empty ping is queued behind what was sent before it. */
function flushed(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.ping(undefined, undefined, (error) => (error ? reject(error) : resolve()));
  });
}

function relayInput({ socket, stream }: TerminalSession): void {
  stream.on('drain', () => socket.resume());
  socket.on('message', (data, isBinary) => {
    if (stream.destroyed || stream.writableEnded) return;
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
