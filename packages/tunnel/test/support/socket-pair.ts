import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Connection } from '../../src/connection.ts';
import { dialNodeSocket } from '../../src/websocket/node-socket.ts';
import { connectWebSocket, type ConnectOptions } from '../../src/websocket/client.ts';
import type { Certificate } from '../../src/testing/certificate.ts';
import { PROTOCOL } from './tunnel-server.ts';

export interface TestServer {
  readonly url: string;
  /** The server's side of the next connection. */
  nextSocket(): Promise<{ socket: WebSocket; request: IncomingMessage }>;
  close(): Promise<void>;
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
): Promise<{ connection: Connection; socket: WebSocket; request: IncomingMessage }> {
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

/** The next `byteLength` bytes that arrive. */
export function nextBytes(connection: Connection, byteLength: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let received = 0;
    connection.onBytes((chunk) => {
      chunks.push(Buffer.from(chunk));
      received += chunk.length;
      if (received >= byteLength) resolve(Buffer.concat(chunks));
    });
  });
}

export function nextText(connection: Connection): Promise<string> {
  return new Promise((resolve) => connection.onText(resolve));
}

export function closeOf(connection: Connection): Promise<string> {
  return new Promise((resolve) => connection.onClose(resolve));
}
