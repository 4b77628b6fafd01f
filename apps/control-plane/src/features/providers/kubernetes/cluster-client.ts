import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { request as httpRequest } from 'node:http';
import { WebSocket } from 'ws';
import type { ClusterAccess } from './access.ts';
import { ApiError, apiErrorOf, UnansweredError } from './api-error.ts';

/** An API server that does not answer a call by then hangs. */
const CALL_LIMIT_MS = 15_000;
/** Of lists of everything that an installation has. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** ClusterClient asks the API of one cluster. ApiError: it said no. UnansweredError: it did not answer. */
export interface ClusterClient {
  /** For people. */
  readonly server: string;
  /** Since when it does not answer, as far as calls have shown; undefined: it does. */
  readonly awaySince: Date | undefined;
  /** What it answers, not checked yet. */
  ask(call: Call): Promise<unknown>;
  /** An answer that goes on, as text; only the wait for its beginning is limited. It ends with the signal. */
  follow(path: string, signal: AbortSignal): Promise<IncomingMessage>;
  /** A WebSocket that speaks this protocol, open and paused. */
  openSocket(path: string, protocol: string): Promise<WebSocket>;
}

export interface ClientOptions {
  /** Read once, and again after it failed. */
  readonly openAccess: () => Promise<ClusterAccess>;
  readonly callLimitMs?: number | undefined;
}

interface Connection {
  readonly access: ClusterAccess;
  readonly agent: Agent;
}

export function createClusterClient({
  openAccess,
  callLimitMs = CALL_LIMIT_MS,
}: ClientOptions): ClusterClient {
  let opened: Promise<Connection> | undefined;
  let server = 'the cluster';
  let awaySince: Date | undefined;

  async function open(): Promise<Connection> {
    opened ??= openAccess().then((access) => ({ access, agent: agentFor(access) }));
    try {
      const connection = await opened;
      ({ server } = connection.access);
      return connection;
    } catch (cause) {
      opened = undefined;
      throw new UnansweredError(cause instanceof Error ? cause.message : String(cause), { cause });
    }
  }

  async function send(call: Call, signal?: AbortSignal): Promise<IncomingMessage> {
    const connection = await open();
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), callLimitMs);
    const ends = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal;
    try {
      const response = await answerTo(connection, call, ends);
      awaySince = undefined;
      return response;
    } catch (cause) {
      signal?.throwIfAborted();
      awaySince ??= new Date();
      throw new UnansweredError(
        limit.signal.aborted ? `no answer within ${callLimitMs / 1_000} s` : codeOf(cause),
        { cause },
      );
    } finally {
      clearTimeout(timer);
    }
  }

  async function accepted(call: Call, signal?: AbortSignal): Promise<IncomingMessage> {
    const response = await send(call, signal);
    const { statusCode: status = 0 } = response;
    if (status < 300) return response;
    // A file may say by now who else asks.
    if (status === 401) opened = undefined;
    throw apiErrorOf(status, await textOf(response, callLimitMs).catch(() => ''));
  }

  async function openSocket(path: string, protocol: string): Promise<WebSocket> {
    const { access, agent } = await open();
    const token = await access.token();
    const socket = new WebSocket(`${access.server.replace(/^http/, 'ws')}${path}`, [protocol], {
      ...(access.server.startsWith('https:') && { agent }),
      ...{ perMessageDeflate: false, handshakeTimeout: callLimitMs },
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('unexpected-response', (request, response) => {
        const refuse = (text: string) => {
          request.destroy();
          reject(apiErrorOf(response.statusCode ?? 0, text));
        };
        textOf(response, callLimitMs).then(refuse, () => refuse(''));
      });
      socket.once('error', (cause) => reject(new UnansweredError(codeOf(cause), { cause })));
      socket.once('open', () => {
        socket.pause();
        resolve();
      });
    });
    return socket;
  }

  return {
    openSocket,
    get server() {
      return server;
    },
    get awaySince() {
      return awaySince;
    },
    async ask(call) {
      const text = await textOf(await accepted(call), callLimitMs);
      try {
        const answer: unknown = JSON.parse(text);
        return answer;
      } catch {
        throw new ApiError(502, 'Unreadable', 'its answer is no JSON');
      }
    },
    follow: (path, signal) => accepted({ path }, signal),
  };
}

function agentFor({ ca, certificate, isUnverified }: ClusterAccess): Agent {
  return new Agent({
    keepAlive: true,
    rejectUnauthorized: !isUnverified,
    ...(ca !== undefined && { ca }),
    ...certificate,
  });
}

async function answerTo(
  connection: Connection,
  call: Call,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { access, agent } = connection;
  const { method = 'GET', path, body, contentType = 'application/json' } = call;
  const token = await access.token();
  const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const url = new URL(`${access.server}${path}`);
  const isPlain = url.protocol === 'http:';
  const options: RequestOptions = {
    ...{ method, signal },
    ...(!isPlain && { agent }),
    headers: {
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(content && { 'content-type': contentType, 'content-length': content.length }),
    },
  };
  const request = isPlain ? httpRequest(url, options) : httpsRequest(url, options);
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).on('error', reject);
  });
  request.end(content);
  try {
    return await answered;
  } catch (error) {
    // The other end had just closed what was kept open: nothing was done.
    const isStale = request.reusedSocket && codeOf(error) === 'ECONNRESET' && method !== 'POST';
    if (!isStale || signal.aborted) throw error;
    return answerTo(connection, call, signal);
  }
}

async function textOf(response: IncomingMessage, limitMs: number): Promise<string> {
  response.setTimeout(limitMs, () => response.destroy(new Error('it stopped answering')));
  let text = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      text += String(chunk);
      if (text.length > MAX_ANSWER_BYTES) throw new Error('its answer is too long');
    }
  } catch (cause) {
    throw new UnansweredError(codeOf(cause), { cause });
  }
  return text;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
