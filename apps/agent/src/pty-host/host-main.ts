import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { CHANNEL_CONTROL, CHANNEL_DATA } from '@spt-flow/shared/agent-protocol/requests';
import { createChannelDecoder, encodeChannel } from '@spt-flow/tunnel/channel-framing';
import type { Runtime } from '../runtime/runtime.ts';
import { removeStaleSocket } from '../system/runtime-directory.ts';
import { createPtyHost, type HostConnection, type PtyHost } from './host.ts';
import { packData, ToHostSchema, unpackData } from './messages.ts';

const PIECE_BYTES = 256 * 1024;
/** What an agent has not read does not wait in this process's memory: its terminals wait instead. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** For the agent that started this process to say what it wants. */
const LONELY_MS = 30_000;

export interface PtyHostMain {
  readonly socketPath: string;
  readonly runtime: Pick<Runtime, 'openPty'>;
  readonly directory: string;
  /** Agents can connect from now on. */
  onListening(): void;
}

/** runPtyHost serves terminals to one agent after the other, until the last terminal has ended. */
export async function runPtyHost(options: PtyHostMain): Promise<void> {
  const { socketPath, runtime, directory } = options;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => accept(socket));
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const host = createPtyHost({ openPty: runtime.openPty, directory, onEmpty: end });
  const lonely = setTimeout(end, LONELY_MS);

  function accept(socket: Socket): void {
    clearTimeout(lonely);
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0 && host.isEmpty) end();
    });
    serve(socket, host);
  }

  await removeStaleSocket(socketPath);
  server.listen(socketPath);
  await once(server, 'listening');
  options.onListening();
  await ended;
  // First, since an agent that sees its connection end starts another host at the same place.
  server.close();
  await Promise.all([...sockets].map((socket) => finish(socket)));
}

function serve(socket: Socket, host: PtyHost): void {
  const session = host.serve(connectionOf(socket));
  const decoder = createChannelDecoder();
  socket.on('error', () => socket.destroy());
  socket.once('close', () => session.leave());
  socket.on('data', (chunk: Buffer) => decoder.feed(chunk, visit));

  function visit(channel: number, payload: Buffer): void {
    if (channel === CHANNEL_CONTROL)
      return session.receive(ToHostSchema.parse(JSON.parse(payload.toString('utf8'))));
    const { attachmentId, bytes } = unpackData(payload);
    session.receiveData(attachmentId, bytes);
  }
}

function connectionOf(socket: Socket): HostConnection {
  function send(channel: number, payload: Uint8Array): void {
    if (socket.writable) socket.write(encodeChannel(channel, payload));
  }
  return {
    tell: (message) => send(CHANNEL_CONTROL, Buffer.from(JSON.stringify(message))),
    sendData(attachmentId, bytes) {
      for (let start = 0; start < bytes.length; start += PIECE_BYTES)
        send(CHANNEL_DATA, packData(attachmentId, bytes.subarray(start, start + PIECE_BYTES)));
      return socket.writableLength < MAX_UNREAD_BYTES;
    },
    onDrain: (handler) => void socket.on('drain', handler),
  };
}

/** What was said before is still sent. */
async function finish(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const closed = once(socket, 'close');
  socket.end();
  await closed;
}
