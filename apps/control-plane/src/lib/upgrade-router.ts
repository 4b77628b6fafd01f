import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError } from '@spt-flow/shared/domain/errors';
import { WebSocketServer, type WebSocket } from 'ws';
import { correlationIdOf } from './correlation.ts';

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
      socket.on('error', destroySocket);
      const route = routes.find((candidate) => candidate.matches(request));
      if (route) route.handler(request, socket, head);
      else refuseUpgrade(socket, 404);
    },
  };
}

/** One function for all sockets: a closure would keep the request for as long as the connection lives. */
function destroySocket(this: Duplex): void {
  this.destroy();
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

export interface FailedUpgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly logger: { error(details: Record<string, unknown>, message: string): void };
  /** What was asked for, e.g. `ssh`. */
  readonly what: string;
}

/** refuseFailedUpgrade says in the envelope of the API why, for clients that can read the answer to an upgrade. */
export function refuseFailedUpgrade(
  error: unknown,
  { request, socket, logger, what }: FailedUpgrade,
): void {
  const correlationId = correlationIdOf(request);
  const known = error instanceof AppError ? error : new AppError('internal');
  if (known.family === 'internal') logger.error({ err: error, correlationId }, `${what} failed`);
  const { code, message, status } = known;
  const body = JSON.stringify({
    success: false,
    data: null,
    error: { code, message, correlationId },
  });
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Error'}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

export function refuseUpgrade(
  socket: Duplex,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  const lines = Object.entries({ connection: 'close', 'content-length': '0', ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${REASONS[status] ?? 'Error'}\r\n${head}\r\n`);
}

export interface AcceptOptions {
  /** The one sub-protocol that is spoken; undefined: none. */
  readonly protocol?: string;
  readonly maxMessageBytes?: number;
}

type Upgrade = {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
};

/**
 * createWebSocketAcceptor completes upgrades; undefined: it was no upgrade to a WebSocket and is answered, or the
 * client is gone. Deflate stays off because it costs each connection 240 kB.
 */
export function createWebSocketAcceptor(
  options: AcceptOptions = {},
): (upgrade: Upgrade) => Promise<WebSocket | undefined> {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.maxMessageBytes ?? MAX_MESSAGE_BYTES,
    handleProtocols: (offered) =>
      options.protocol !== undefined && offered.has(options.protocol) && options.protocol,
  });
  return ({ request, socket, head }) =>
    new Promise((resolve) => {
      if (socket.destroyed) return resolve(undefined);
      const onClose = () => resolve(undefined);
      socket.once('close', onClose);
      server.handleUpgrade(request, socket, head, (webSocket) => {
        socket.off('close', onClose);
        resolve(webSocket);
      });
    });
}

/** pathOf returns the path of a request without its query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}
