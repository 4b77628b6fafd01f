import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { API_PREFIX, CORRELATION_HEADER, CorrelationIdSchema } from '@spt-flow/shared/api/common';
import { envelopeOf } from '@spt-flow/shared/api/envelope';
import { LIVE_PATH } from '@spt-flow/shared/api/live';
import type { RouteContract } from '@spt-flow/shared/api/route';
import { TerminalQuerySchema } from '@spt-flow/shared/api/terminals';
import { describeError } from '@spt-flow/shared/domain/errors';
import { WebSocketServer, type WebSocket } from 'ws';
import type * as z from 'zod';

export const TOKEN = 'spt_test_token_0123456789abcdef';

export interface Call {
  readonly params: Record<string, string>;
  readonly query: Record<string, unknown>;
  readonly body: Record<string, unknown>;
}

/** Failure is thrown by a handler to answer with a code of the catalogue. */
export class Failure extends Error {
  readonly code: string;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: string, message?: string, details?: Record<string, unknown>) {
    super(message ?? describeError(code).what);
    this.code = code;
    this.details = details;
  }
}

type Handler = (call: Call) => unknown;
type TerminalQuery = z.output<typeof TerminalQuerySchema>;

export interface TestServer {
  readonly url: string;
  /** Correlation ids as they came, of requests and sockets. */
  readonly correlationIds: string[];
  readonly requests: string[];
  on(route: RouteContract, handler: Handler): void;
  /** Answers every request as told, whatever the contract says. */
  answerRaw(answer: (response: ServerResponse) => void): void;
  /** Answers every WebSocket handshake with these bytes. */
  refuseSockets(answer: string): void;
  /** Answers what has to do with files of backups. */
  onFile(path: string, answer: (request: IncomingMessage, response: ServerResponse) => void): void;
  onLive(listener: (socket: WebSocket) => void): void;
  onTerminal(listener: (socket: WebSocket, query: TerminalQuery) => void): void;
  onPortForward(listener: (socket: WebSocket) => void): void;
  close(): Promise<void>;
}

/** startTestServer answers strictly by the contract: what is not valid fails the request and the test. */
export async function startTestServer(): Promise<TestServer> {
  const routes: { route: RouteContract; handler: Handler }[] = [];
  const correlationIds: string[] = [];
  const requests: string[] = [];
  const fileAnswers = new Map<string, Parameters<TestServer['onFile']>[1]>();
  let raw: ((response: ServerResponse) => void) | undefined;
  let refusal: string | undefined;
  let live: ((socket: WebSocket) => void) | undefined;
  let terminal: ((socket: WebSocket, query: TerminalQuery) => void) | undefined;
  let portForward: ((socket: WebSocket) => void) | undefined;
  const sockets = new WebSocketServer({ noServer: true });

  const server = createServer((request, response) => {
    void respond(request, response);
  });
  server.on('upgrade', upgrade);

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requests.push(`${request.method} ${request.url}`);
    if (raw) return raw(response);
    const answerFile = fileAnswers.get(new URL(request.url ?? '', 'http://test').pathname);
    if (answerFile) return answerFile(request, response);
    try {
      const { status, data } = await dispatch(request);
      send(response, status, { success: true, data, error: null });
    } catch (error) {
      const code = error instanceof Failure ? error.code : 'internal';
      const details = error instanceof Failure ? error.details : undefined;
      send(response, describeError(code).status, {
        success: false,
        data: null,
        error: {
          code,
          message: String(error instanceof Error ? error.message : error),
          correlationId: String(request.headers[CORRELATION_HEADER]),
          ...(details && { details }),
        },
      });
    }
  }

  async function dispatch(request: IncomingMessage) {
    const url = new URL(request.url ?? '', 'http://test');
    const found = match(url.pathname, request.method ?? '');
    if (!found) throw new Error(`the test server has no ${request.method} ${url.pathname}`);
    const { route, handler, params } = found;
    checkHeaders(request, route.access === 'public');
    const call = {
      params: parsed(route.params, params),
      query: parsed(route.query, Object.fromEntries(url.searchParams)),
      body: parsed(route.body, await readBody(request)),
    };
    const data = envelopeOf(route.response).parse({
      success: true,
      data: await handler(call),
      error: null,
    }).data;
    return { status: route.status ?? 200, data };
  }

  function match(path: string, method: string) {
    for (const { route, handler } of routes.toReversed()) {
      const pattern = new RegExp(`^${route.path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
      const groups = pattern.exec(path);
      if (!groups || route.method !== method) continue;
      const params = Object.entries(groups.groups ?? {}).map(([key, value]) => [
        key,
        decodeURIComponent(value),
      ]);
      return { route, handler, params: Object.fromEntries(params) as Record<string, string> };
    }
    return undefined;
  }

  function checkHeaders(request: IncomingMessage, isPublic: boolean): void {
    correlationIds.push(CorrelationIdSchema.parse(request.headers[CORRELATION_HEADER]));
    if (!isPublic && request.headers.authorization !== `Bearer ${TOKEN}`)
      throw new Failure('not_authenticated');
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '', 'http://test');
    requests.push(`WS ${url.pathname}`);
    if (refusal !== undefined) return void socket.end(refusal);
    checkHeaders(request, false);
    sockets.handleUpgrade(request, socket, head, (opened) => {
      if (url.pathname === LIVE_PATH) return live?.(opened);
      if (url.pathname.endsWith('/port-forward')) return portForward?.(opened);
      if (url.pathname.startsWith(`${API_PREFIX}/workspaces/`)) {
        return terminal?.(opened, TerminalQuerySchema.parse(Object.fromEntries(url.searchParams)));
      }
      opened.terminate();
    });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    correlationIds,
    requests,
    on: (route, handler) => void routes.push({ route, handler }),
    onFile: (path, answer) => void fileAnswers.set(path, answer),
    answerRaw: (answer) => void (raw = answer),
    refuseSockets: (answer) => void (refusal = answer),
    onLive: (listener) => void (live = listener),
    onTerminal: (listener) => void (terminal = listener),
    onPortForward: (listener) => void (portForward = listener),
    close: async () => {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function parsed(schema: z.ZodType | undefined, value: unknown): Record<string, never> {
  return (schema?.parse(value) ?? {}) as Record<string, never>;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? undefined : JSON.parse(text);
}
