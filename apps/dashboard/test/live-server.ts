import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws';

export interface LiveServer {
  readonly url: string;
  /** Everything that clients sent, in order. */
  readonly received: unknown[];
  /** Path and query of each connection. */
  readonly paths: string[];
  readonly sockets: ServerSocket[];
  send(message: unknown): void;
  sendBytes(bytes: Uint8Array): void;
  dropAll(): void;
  close(): Promise<void>;
}

/** startLiveServer is a real WebSocket server on a free port of the loopback interface. */
export async function startLiveServer(
  onMessage: (message: unknown, server: LiveServer) => void = () => undefined,
): Promise<LiveServer> {
  const http = createServer();
  const wss = new WebSocketServer({ server: http });
  const received: unknown[] = [];
  const paths: string[] = [];
  const sockets: ServerSocket[] = [];
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;

  const server: LiveServer = {
    url: `ws://127.0.0.1:${port}`,
    received,
    paths,
    sockets,
    send: (message) => sockets.at(-1)?.send(JSON.stringify(message)),
    sendBytes: (bytes) => sockets.at(-1)?.send(bytes),
    dropAll: () => {
      for (const socket of sockets) socket.terminate();
    },
    close: async () => {
      server.dropAll();
      wss.close();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  wss.on('connection', (socket, request) => {
    sockets.push(socket);
    paths.push(request.url ?? '');
    socket.on('message', (data, isBinary) => {
      const text = Buffer.isBuffer(data) ? data.toString() : '';
      const message: unknown = isBinary ? text : JSON.parse(text);
      received.push(message);
      onMessage(message, server);
    });
  });
  return server;
}
