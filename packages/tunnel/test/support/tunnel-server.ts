import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connection } from '../../src/connection.ts';
import { dialNodeSocket } from '../../src/websocket/node-socket.ts';
import { createTunnel, type TunnelOptions } from '../../src/session.ts';
import type { Tunnel } from '../../src/types.ts';
import { connectWebSocket } from '../../src/websocket/client.ts';
import { acceptWebSocket } from '../../src/websocket/server.ts';
import type { Certificate } from '../../src/testing/certificate.ts';

export const PROTOCOL = 'test.v1';

export interface Accepted {
  readonly connection: Connection;
  readonly socket: Duplex;
}

export interface TunnelServer {
  readonly url: string;
  /** The server's side of the next connection. */
  next(): Promise<Accepted>;
  close(): Promise<void>;
}

/** startTunnelServer takes in connections as the control plane does; what it refuses is closed. */
export async function startTunnelServer(certificate?: Certificate): Promise<TunnelServer> {
  const http = certificate ? createHttpsServer(certificate) : createHttpServer();
  const sockets = new Set<Duplex>();
  http.on('upgrade', (request, socket, head) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const connection = acceptWebSocket({ request, socket, head }, PROTOCOL);
    if (connection) http.emit('accepted', { connection, socket });
    else socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  return {
    url: `${certificate ? 'wss' : 'ws'}://127.0.0.1:${port}/`,
    next: () => new Promise((resolve) => http.once('accepted', resolve)),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

export interface TunnelPair {
  readonly controlPlane: Tunnel;
  readonly agent: Tunnel;
  /** The control plane's socket. */
  readonly socket: Duplex;
  close(): Promise<void>;
}

/** connectTunnels makes both ends of a tunnel over real sockets. */
export async function connectTunnels(
  limits: Partial<Omit<TunnelOptions, 'transport' | 'role'>> = {},
): Promise<TunnelPair> {
  const server = await startTunnelServer();
  const dialling = { dial: dialNodeSocket, url: server.url, protocol: PROTOCOL };
  const [{ connection, socket }, agentConnection] = await Promise.all([
    server.next(),
    connectWebSocket({ ...dialling, timeoutMs: 5_000 }),
  ]);
  const controlPlane = createTunnel({ transport: connection, role: 'client', ...limits });
  const agent = createTunnel({ transport: agentConnection, role: 'server', ...limits });
  async function close(): Promise<void> {
    controlPlane.close('test is over');
    await Promise.all([controlPlane.closed, agent.closed]);
    await server.close();
  }
  return { controlPlane, agent, socket, close };
}
