import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import {
  ForwardRequestSchema,
  type ForwardAnswer,
  type ForwardedConnection,
} from '@spt-flow/shared/api/port-forward';
import { joinSocket } from '@spt-flow/tunnel/join-socket';
import { createTunnel } from '@spt-flow/tunnel/session';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import type { WebSocket } from 'ws';
import { createSocketTransport } from './socket-transport.ts';
import type { TestServer } from './test-server.ts';

export interface ForwardStage {
  /** How many connections to the server were made. */
  connections(): number;
  /** Breaks the connection to the server without a word. */
  breakConnection(): void;
  /** Ends the ports that the workspace listens on, as when its agent is lost. */
  loseWorkspace(): void;
  close(): void;
}

/** createForwardStage carries forwarded ports as the server does; this machine's ports are those of the workspace. */
export function createForwardStage(server: TestServer): ForwardStage {
  let connections = 0;
  let current: WebSocket | undefined;
  const listeners = new Map<Server, TunnelStream>();

  server.onPortForward((socket) => {
    current = socket;
    connections += 1;
    const tunnel = createTunnel({ transport: createSocketTransport(socket), role: 'server' });
    tunnel.onStream((stream) => {
      const { type, port } = ForwardRequestSchema.parse(stream.head);
      if (type === 'connect') carry(stream, port);
      else void listen(tunnel, stream, port);
    });
  });

  function carry(stream: TunnelStream, port: number): void {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.once('connect', () => {
      stream.respond({ ok: true } satisfies ForwardAnswer);
      joinSocket(stream, socket);
    });
    socket.once('error', () => {
      if (stream.destroyed || stream.writableEnded) return;
      refuse(stream, 'port_not_open', 'Nothing listens on that port of the workspace');
    });
  }

  async function listen(tunnel: Tunnel, stream: TunnelStream, port: number): Promise<void> {
    const listener = createServer(
      { allowHalfOpen: true, pauseOnConnect: true },
      (socket) => void bringHome(tunnel, stream, socket),
    );
    listener.listen(port, '127.0.0.1');
    try {
      await once(listener, 'listening');
    } catch {
      return refuse(stream, 'port_unavailable', 'The port cannot be used in the workspace');
    }
    listeners.set(listener, stream);
    stream.resume();
    stream.once('close', () => listener.close());
    stream.respond({
      ok: true,
      port: (listener.address() as AddressInfo).port,
    } satisfies ForwardAnswer);
  }

  async function bringHome(tunnel: Tunnel, listener: TunnelStream, socket: Socket): Promise<void> {
    socket.on('error', () => undefined);
    const head: ForwardedConnection = { type: 'connection', listener: listener.streamId };
    const home = tunnel.open(head);
    const answer = await home.response.then(
      (response) => response as ForwardAnswer,
      () => undefined,
    );
    if (answer?.ok) joinSocket(home, socket);
    else socket.resetAndDestroy();
  }

  function loseWorkspace(): void {
    for (const [listener, stream] of listeners) {
      listener.close();
      stream.reset('agent_offline');
    }
    listeners.clear();
  }

  return {
    connections: () => connections,
    breakConnection: () => current?.terminate(),
    loseWorkspace,
    close() {
      loseWorkspace();
      current?.terminate();
    },
  };
}

function refuse(stream: TunnelStream, code: string, message: string): void {
  stream.respond({ ok: false, code, message } satisfies ForwardAnswer);
  stream.end();
  stream.resume();
}
