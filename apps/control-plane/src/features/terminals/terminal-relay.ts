import { finished } from 'node:stream/promises';
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
  type TerminalClientMessage,
  type TerminalServerMessage,
} from '@spt-flow/shared/api/terminals';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { WebSocket } from 'ws';
import { createChannelDecoder, encodeChannel } from '@spt-flow/tunnel/channel-framing';
import { TunnelError } from '@spt-flow/tunnel/types';
import { messageBytes } from '../../lib/message-bytes.ts';
import { parseJson } from '../../lib/parse-json.ts';
import { toAppError, type AgentAnswer } from '../agents/index.ts';
import type { LiveSession } from '../sessions/index.ts';
import { createPace, type Pace } from './pace.ts';

/** A paused connection reads nothing, also not its own end: only writing finds out that the other side left. */
const PAUSED_PROBE_MS = 1_000;
const USE_INTERVAL_MS = 1_000;
const STDOUT_MARK = Buffer.from([PIPE_STDOUT]);
const STDERR_MARK = Buffer.from([PIPE_STDERR]);

export interface TerminalSession {
  readonly socket: WebSocket;
  readonly stream: AgentAnswer['stream'];
  readonly session: Pick<LiveSession, 'bytesIn' | 'bytesOut' | 'recorder'>;
  readonly terminalId: string;
  /** False: a command in pipes. */
  readonly tty: boolean;
  /** It only looks. */
  readonly follows: boolean;
  /** The client tells what it has shown. */
  readonly acks: boolean;
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
  if (socket.readyState !== socket.OPEN) detach();
  const use = session.tty ? undefined : setInterval(session.onUse, USE_INTERVAL_MS);
  const pace = createPace(session);
  relayInput(session, pace);
  try {
    await relayOutput(session, pace);
    const { exitCode } = ExitTrailersSchema.parse(await stream.trailers);
    sendMessage(socket, { type: 'exit', exitCode });
    return exitCode;
  } catch (error) {
    if (socket.readyState !== socket.OPEN) return undefined;
    if (session.follows && error instanceof TunnelError && error.code === 'refused')
      throw new AppError('terminal_not_shared', undefined, { cause: error });
    throw toAppError(error);
  } finally {
    clearInterval(use);
    socket.off('close', detach);
    socket.resume();
  }
}

export function sendMessage(socket: WebSocket, message: TerminalServerMessage): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
}

/** Not by iteration: its promises cost a key more than all the rest of its way through this process. */
async function relayOutput(session: TerminalSession, pace: Pace): Promise<void> {
  const { stream } = session;
  const { recorder } = session.session;
  const decoder = createChannelDecoder();
  const show = session.tty ? showTerminal(session, pace) : showPipes(session);

  async function hold(waits: readonly Promise<void>[]): Promise<void> {
    stream.pause();
    await Promise.all(waits);
    stream.resume();
  }

  const fail = (cause: unknown) => void stream.destroy(toAppError(cause));
  stream.on('data', (chunk: Buffer) => {
    try {
      decoder.feed(chunk, show);
    } catch (error) {
      return fail(error);
    }
    const waits = [pace.keep(), recorder?.keep()].filter((wait) => wait !== undefined);
    if (waits.length > 0) hold(waits).catch(fail);
  });
  await finished(stream, { writable: false });
}

type Show = (channel: number, bytes: Buffer) => void;

function showTerminal({ socket, session, terminalId }: TerminalSession, pace: Pace): Show {
  return (channel, bytes) => {
    if (channel === CHANNEL_DATA) {
      socket.send(bytes, { binary: true });
      pace.sent(bytes.length);
      session.bytesOut += bytes.length;
      session.recorder?.output(bytes);
    }
    if (channel !== CHANNEL_CONTROL) return;
    const { data: message } = PtyControlSchema.safeParse(parseJson(bytes.toString()));
    if (message?.type === 'attached')
      sendMessage(socket, { type: 'ready', terminalId, reattached: message.reattached });
    if (message?.type !== 'view') return;
    sendMessage(socket, message);
    session.recorder?.resize(message.view);
  };
}

function showPipes({ socket, session, terminalId }: TerminalSession): Show {
  sendMessage(socket, { type: 'ready', terminalId, reattached: false });
  return (channel, bytes) => {
    if (channel !== CHANNEL_DATA && channel !== CHANNEL_STDERR) return;
    const mark = channel === CHANNEL_DATA ? STDOUT_MARK : STDERR_MARK;
    socket.send(Buffer.concat([mark, bytes]), { binary: true });
    session.bytesOut += bytes.length;
    session.recorder?.output(bytes);
  };
}

function relayInput(relayed: TerminalSession, pace: Pace): void {
  const { socket, stream, follows, session, onUse } = relayed;
  let probe: NodeJS.Timeout | undefined;
  const resume = () => {
    clearInterval(probe);
    socket.resume();
  };
  const wait = () => {
    if (socket.isPaused) return;
    socket.pause();
    probe = setInterval(() => socket.ping(), PAUSED_PROBE_MS);
  };
  stream.on('drain', resume);
  stream.once('close', resume);
  socket.on('message', (data, isBinary) => {
    // Who is told to leave says nothing more.
    if (stream.destroyed || stream.writableEnded || socket.readyState !== socket.OPEN) return;
    const message = isBinary ? undefined : readMessage(messageBytes(data).toString());
    if (message?.type === 'ack') return pace.acknowledge(message.bytes);
    if (follows) return;
    // A page tells its size whenever it connects again.
    if (isBinary) onUse();
    if (!isBinary && !message) return refuseMessage(socket);
    const bytes = message ? Buffer.from(JSON.stringify(message)) : messageBytes(data);
    if (!message) session.bytesIn += bytes.length;
    const frame = encodeChannel(message ? CHANNEL_CONTROL : CHANNEL_DATA, bytes);
    if (!stream.write(frame)) wait();
  });
}

function readMessage(text: string): TerminalClientMessage | undefined {
  return TerminalClientMessageSchema.safeParse(parseJson(text)).data;
}

function refuseMessage(socket: WebSocket): void {
  const error = new AppError('validation_failed', 'The message is not one that a terminal knows');
  sendMessage(socket, { type: 'error', code: error.code, message: error.message });
  socket.close(1007);
}
