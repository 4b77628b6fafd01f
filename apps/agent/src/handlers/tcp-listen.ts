import { JOINED_SOCKET, joinSocket } from '@spt-flow/tunnel/join-socket';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { ListenNotice, ListenStarted } from '@spt-flow/shared/agent-protocol/requests';
import { AgentError, messageOf } from '../system/errors.ts';
import type { Handlers } from './handler.ts';

const LOOPBACK = '127.0.0.1';
const LOOPBACK_V6 = '::1';
/** Connections that wait to be taken, of all listeners together. */
const MAX_WAITING = 128;
const TAKE_WITHIN_MS = 10_000;

/**
 * The one exception to the rule that the agent listens nowhere: on loopback, for somebody who asked that a port of
 * the workspace leads to them, and only for as long as the stream that asked is open.
 */
export function createListenHandlers(): Pick<Handlers, 'tcp.listen' | 'tcp.accept'> {
  const waiting = new Map<string, { socket: Socket; deadline: NodeJS.Timeout }>();

  /** Connections are taken by streams of their own, which the control plane opens. */
  function keep(socket: Socket): string | undefined {
    if (waiting.size >= MAX_WAITING) {
      socket.resetAndDestroy();
      return undefined;
    }
    const connectionId = randomUUID();
    const deadline = setTimeout(() => socket.resetAndDestroy(), TAKE_WITHIN_MS);
    waiting.set(connectionId, { socket, deadline });
    socket.on('error', () => undefined);
    socket.once('close', () => forget(connectionId));
    return connectionId;
  }

  function forget(connectionId: string): Socket | undefined {
    const entry = waiting.get(connectionId);
    clearTimeout(entry?.deadline);
    waiting.delete(connectionId);
    return entry?.socket;
  }

  return {
    async 'tcp.listen'({ head, stream, accept }) {
      const own = new Set<Socket>();
      const servers = await listen(head.port, (socket) => {
        const connectionId = keep(socket);
        if (connectionId === undefined) return;
        own.add(socket);
        socket.once('close', () => own.delete(socket));
        stream.write(`${JSON.stringify({ connectionId } satisfies ListenNotice)}\n`);
      });
      const close = () => {
        for (const server of servers) server.close();
        for (const socket of own) socket.resetAndDestroy();
      };
      if (stream.destroyed) return close();
      stream.once('close', close);
      // Who asked has nothing more to say but that it is over.
      stream.once('end', () => stream.end());
      stream.resume();
      accept({ port: portOf(servers[0]) } satisfies ListenStarted);
    },

    async 'tcp.accept'({ head, stream, accept }) {
      const socket = forget(head.connectionId);
      if (!socket) throw new AgentError('not_found', 'The connection is gone');
      accept();
      joinSocket(stream, socket);
    },
  };
}

/** Programs try either address of `localhost`, so both lead to the same place where the machine has both. */
async function listen(port: number, onConnection: (socket: Socket) => void): Promise<Server[]> {
  const server = await listenAt({ host: LOOPBACK, port }, onConnection);
  try {
    const second = { host: LOOPBACK_V6, port: portOf(server) };
    return [server, await listenAt(second, onConnection)];
  } catch {
    // Without IPv6, or with somebody else there, the first address has to do.
    return [server];
  }
}

async function listenAt(
  { host, port }: { host: string; port: number },
  onConnection: (socket: Socket) => void,
): Promise<Server> {
  const server = createServer({
    ...JOINED_SOCKET,
    allowHalfOpen: true,
    noDelay: true,
    pauseOnConnect: true,
  });
  server.on('connection', onConnection);
  // One connection that fails to be accepted, e.g. for lack of descriptors, is its maker's loss.
  server.on('error', () => undefined);
  server.listen({ host, port, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new AgentError('conflict', `Port ${port} cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return server;
}

function portOf(server: Server | undefined): number {
  const address = server?.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
