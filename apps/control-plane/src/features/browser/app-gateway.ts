import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { relayAnswer } from '../../lib/relay-answer.ts';

/** Chromium treats it as a safe origin, as it does the previews of a fresh installation. */
export const APP_ORIGIN = 'http://app.localhost';
const APP_HOST = 'app.localhost';
export const PASS_HEADER = 'x-spt-flow-pass';

export interface AppGateway {
  readonly port: number;
  /** Who sends it as `PASS_HEADER` is let through: other programs of the machine are not. */
  readonly pass: string;
  close(): Promise<void>;
}

/**
 * openAppGateway is the proxy of one browser: it leads to one app and nowhere else, so that a page can't reach what the
 * control plane's machine can.
 */
export async function openAppGateway(connect: () => Promise<Duplex>): Promise<AppGateway> {
  const pass = randomBytes(24).toString('base64url');

  function isLetIn(request: IncomingMessage): boolean {
    const given = Buffer.from(String(request.headers[PASS_HEADER] ?? ''));
    const wanted = Buffer.from(pass);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return false;
    return request.headers.host === APP_HOST;
  }

  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isLetIn(request)) return void response.writeHead(403).end();
    const app = await connect();
    // Once the answer is there, nobody else listens.
    app.on('error', () => response.destroy());
    const { [PASS_HEADER]: _pass, 'proxy-connection': _proxy, ...headers } = request.headers;
    const asked = httpRequest({
      createConnection: () => app,
      method: request.method,
      path: pathOf(request.url ?? '/'),
      headers: { ...headers, connection: 'close' },
    });
    asked.on('error', () => response.destroy());
    asked.once('response', (answer) => relayAnswer(answer, response));
    response.once('close', () => app.destroy());
    request.pipe(asked);
  }

  const server = createServer((request, response) => {
    forward(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    });
  });
  // Tunnels are for TLS and WebSockets: there is nothing of the kind here.
  server.on('connect', (_request, socket) => {
    // A browser that gives up resets it, which nobody else would hear: that would end the control plane.
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  return { port: await listen(server), pass, close: () => close(server) };
}

function pathOf(url: string): string {
  return url.startsWith('/') ? url : url.replace(/^http:\/\/[^/]*/i, '') || '/';
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
