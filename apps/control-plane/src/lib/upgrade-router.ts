import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Larger than any message of the API: terminal input is pasted text at most. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

export interface UpgradeRouter {
  handle(matches: (request: IncomingMessage) => boolean, handler: UpgradeHandler): void;
  /** Passed to the HTTP server's `upgrade` event. */
  route: UpgradeHandler;
}

/** createUpgradeRouter decides which feature answers a WebSocket upgrade; nobody's upgrade is refused. */
export function createUpgradeRouter(): UpgradeRouter {
  const routes: { matches: (request: IncomingMessage) => boolean; handler: UpgradeHandler }[] = [];
  return {
    handle: (matches, handler) => void routes.push({ matches, handler }),
    route: (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      const route = routes.find((candidate) => candidate.matches(request));
      if (route) route.handler(request, socket, head);
      else refuseUpgrade(socket, 404);
    },
  };
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

export function refuseUpgrade(socket: Duplex, status: number): void {
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Error'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}

export interface AcceptOptions {
  /** The one sub-protocol that is spoken; undefined: none. */
  readonly protocol?: string;
  readonly maxMessageBytes?: number;
}

/** acceptWebSocket completes the upgrade; deflate stays off because it costs each connection 240 kB. */
export function acceptWebSocket(
  upgrade: { request: IncomingMessage; socket: Duplex; head: Buffer },
  options: AcceptOptions = {},
): Promise<WebSocket> {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: options.maxMessageBytes ?? MAX_MESSAGE_BYTES,
    handleProtocols: (offered) =>
      options.protocol !== undefined && offered.has(options.protocol) && options.protocol,
  });
  return new Promise((resolve) => {
    server.handleUpgrade(upgrade.request, upgrade.socket, upgrade.head, resolve);
  });
}

/** pathOf returns the path of a request without its query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}
