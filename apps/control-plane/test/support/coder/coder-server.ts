import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';
import { createCoderRoutes, type Answer } from './coder-routes.ts';
import { createCoderSockets } from './coder-sockets.ts';
import { CoderWorld } from './coder-world.ts';
import { portOf } from '../ports.ts';

const VERSION = 'v2.27.0+abcdef0';

export const CODER_TOKEN = 'abcdefghij-abcdefghijklmnopqrstuv';

/**
 * startCoderServer speaks the part of Coder's API that is used here, strictly: a path, a query or a field that is not
 * of the published API is remembered as a violation. Its workspaces are processes of this machine. It can be made to
 * limit, to forget tokens, to fail builds, and to have no provisioner.
 */
export async function startCoderServer() {
  const world = new CoderWorld();
  const violations: string[] = [];
  const calls: string[] = [];
  const state = {
    version: VERSION,
    token: CODER_TOKEN,
    /** That many requests get a 429 first. */
    limited: 0,
    isDown: false,
  };
  const routes = createCoderRoutes({ world, violations, version: () => state.version });
  const sockets = createCoderSockets({ world, violations });

  function refusal(request: IncomingMessage, path: string): Answer | undefined {
    if (state.isDown) return { status: 502, body: 'Bad Gateway' };
    if (state.limited > 0) {
      state.limited -= 1;
      return { status: 429, body: { message: "You've been rate limited" }, retryAfter: '0' };
    }
    if (path === 'buildinfo' || request.headers['coder-session-token'] === state.token)
      return undefined;
    const message =
      'You are signed out or your session has expired. Please sign in again to continue.';
    return { status: 401, body: { message, detail: 'API key is invalid.' } };
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { path, query } = targetOf(request);
    const body = await text(request);
    calls.push(`${request.method} ${path}`);
    return refusal(request, path) ?? routes({ method: request.method ?? '', path, query, body });
  }

  const server = createServer((request, response) => {
    answer(request).then(
      (found) => send(response, found, state.version),
      (error: unknown) => {
        violations.push(String(error));
        send(response, { status: 500, body: { message: String(error) } }, state.version);
      },
    );
  });
  const upgrades = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const { path, query } = targetOf(request);
    calls.push(`WS ${path}`);
    const refused = refusal(request, path);
    const serve = refused ? undefined : sockets.find(path, query);
    if (!serve) {
      const status = refused?.status ?? 404;
      const body = JSON.stringify(refused?.body ?? { message: 'Resource not found' });
      socket.end(
        `HTTP/1.1 ${status} Refused\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      );
      return;
    }
    upgrades.handleUpgrade(request, socket, head, serve);
  });
  server.listen(0, '127.0.0.1');
  const port = await portOf(server);

  return {
    ...{ world, state, violations, calls },
    url: `http://127.0.0.1:${port}`,
    /** Drops all connections that follow something. */
    cut: () => upgrades.clients.forEach((client) => client.terminate()),
    openConnections: () => upgrades.clients.size,
    async close() {
      upgrades.clients.forEach((client) => client.terminate());
      await world.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function targetOf(request: IncomingMessage): { path: string; query: URLSearchParams } {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://coder');
  return { path: pathname.replace(/^\/api\/v2\//, ''), query: searchParams };
}

function send(response: ServerResponse, { status, body, retryAfter }: Answer, version: string) {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'x-coder-build-version': version,
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
  });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
