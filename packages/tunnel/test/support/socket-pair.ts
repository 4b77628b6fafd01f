import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { createTunnel, type TunnelOptions } from '../../src/session.ts';
import type { Tunnel } from '../../src/types.ts';
import { dialNodeSocket } from '../../src/node-socket.ts';
import { connectWebSocket, type ConnectOptions } from '../../src/websocket-client.ts';
import type { WebSocketConnection } from '../../src/websocket-connection.ts';
import { createWebSocketTransport } from '../../src/websocket-transport.ts';
import { createWsTransport } from '../../src/ws-transport.ts';

export const PROTOCOL = 'test.v1';

export interface TestServer {
  readonly url: string;
  /** The server's side of the next connection. */
  nextSocket(): Promise<{ socket: WebSocket; request: IncomingMessage }>;
  close(): Promise<void>;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export async function startServer(certificate?: Certificate): Promise<TestServer> {
  const http = certificate ? createHttpsServer(certificate) : createHttpServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  return {
    url: `${certificate ? 'wss' : 'ws'}://127.0.0.1:${port}/path?query=1`,
    async nextSocket() {
      const [socket, request] = (await once(server, 'connection')) as [WebSocket, IncomingMessage];
      return { socket, request };
    },
    async close() {
      for (const client of server.clients) client.terminate();
      server.close();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

export async function connectPair(
  server: TestServer,
  options: Partial<ConnectOptions> = {},
): Promise<{ connection: WebSocketConnection; socket: WebSocket; request: IncomingMessage }> {
  const [accepted, connection] = await Promise.all([
    server.nextSocket(),
    connectWebSocket({
      dial: dialNodeSocket,
      url: server.url,
      protocol: PROTOCOL,
      timeoutMs: 5_000,
      ...options,
    }),
  ]);
  return { connection, ...accepted };
}

export interface TunnelPair {
  readonly controlPlane: Tunnel;
  readonly agent: Tunnel;
  readonly socket: WebSocket;
  close(): Promise<void>;
}

/** Both ends of a tunnel over a real WebSocket: the control plane's `ws` socket and the agent's client. */
export async function connectTunnels(
  limits: Partial<Omit<TunnelOptions, 'transport' | 'role'>> = {},
): Promise<TunnelPair> {
  const server = await startServer();
  const { connection, socket } = await connectPair(server);
  const agentTransport = createWebSocketTransport(connection);
  const transport = createWsTransport(socket);
  const controlPlane = createTunnel({ transport, role: 'client', ...limits });
  const agent = createTunnel({ transport: agentTransport, role: 'server', ...limits });
  async function close(): Promise<void> {
    controlPlane.close('test is over');
    await Promise.all([controlPlane.closed, agent.closed]);
    await server.close();
  }
  return { controlPlane, agent, socket, close };
}
