import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '@spt-flow/shared/domain/errors';
import { answerHeaders, requestHead } from './preview-headers.ts';
import type { PreviewProblem } from './preview-page.ts';
import type { AppConnection, AppRequest, Exchange } from './wire/app-connection.ts';
import type { AppPool } from './wire/app-pool.ts';
import type { ResponseHead } from './wire/response-head.ts';

/** One text is written with the head in one go; a larger body is not worth the copy. */
const MAX_TEXT_BYTES = 16 * 1024;

/** proxyRequest streams one request to the app and its answer back. */
export async function proxyRequest(call: ProxyCall): Promise<void> {
  const { request, pool } = call;
  const isChunked = request.headers['transfer-encoding'] !== undefined;
  const extra = isChunked ? ['Transfer-Encoding: chunked'] : [];
  const head = requestHead(request, { forwarding: call.forwarding, extra });
  if (head === undefined) return call.show('broken');
  const asked: AppRequest = {
    head,
    isHead: request.method === 'HEAD',
    hasBody: isChunked || Number(request.headers['content-length'] ?? 0) > 0,
  };
  const proxying = { ...call, asked, isChunked };
  const pooled = pool.take();
  if (pooled) return exchange(proxying, pooled, mayRepeat(request, asked));
  return openAndExchange(proxying);
}

export interface ProxyCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly pool: AppPool;
  /** What the app is told of who asked. */
  readonly forwarding: string;
  /** What the browser is told beside what the app says. */
  readonly added: readonly string[];
  /** Answers the request with the page of a problem. */
  readonly show: (problem: PreviewProblem) => void;
}

interface Proxying extends ProxyCall {
  readonly asked: AppRequest;
  readonly isChunked: boolean;
}

async function openAndExchange(proxying: Proxying): Promise<void> {
  try {
    const connection = await proxying.pool.open();
    if (proxying.response.destroyed) return connection.destroy();
    exchange(proxying, connection, false);
  } catch (error) {
    proxying.show(problemOf(error));
  }
}

/** A pooled connection may have died in the app's hands before it saw the request; such a request is asked again. */
function mayRepeat(request: IncomingMessage, { hasBody }: AppRequest): boolean {
  return !hasBody && (request.method === 'GET' || request.method === 'HEAD');
}

function exchange(proxying: Proxying, connection: AppConnection, repeats: boolean): void {
  const { response, asked } = proxying;
  const relay = new Relay(proxying, connection, repeats);
  const leave = () => connection.destroy();
  response.once('close', leave);
  relay.onOver = () => response.off('close', leave);
  connection.ask(asked, relay);
  if (asked.hasBody) sendBody(proxying, connection);
}

/** Relay writes the app's answer to the browser. */
class Relay implements Exchange {
  readonly #proxying: Proxying;
  readonly #connection: AppConnection;
  readonly #repeats: boolean;
  #state: 'waiting' | 'answered' | 'writing' = 'waiting';
  #isFull = false;
  /** The connection is another request's business from then on. */
  onOver: () => void = () => undefined;

  constructor(proxying: Proxying, connection: AppConnection, repeats: boolean) {
    this.#proxying = proxying;
    this.#connection = connection;
    this.#repeats = repeats;
  }

  onHead({ status, headers, connection }: ResponseHead): void {
    this.#state = 'answered';
    const { response, added } = this.#proxying;
    response.writeHead(status, [...answerHeaders(headers, connection), ...added]);
  }

  onData(data: Buffer): boolean {
    this.#state = 'writing';
    const { response } = this.#proxying;
    if (response.write(data) || this.#isFull) return !this.#isFull;
    this.#isFull = true;
    response.once('drain', () => {
      this.#isFull = false;
      this.#connection.resume();
    });
    return false;
  }

  /** Events and the like begin with a head only: the browser waits for it. */
  onQuiet(): void {
    if (this.#state !== 'answered') return;
    this.#state = 'writing';
    this.#proxying.response.flushHeaders();
  }

  onEnd(last?: Buffer): void {
    const { request, response } = this.#proxying;
    this.onOver();
    if (last === undefined) response.end();
    else if (last.length > MAX_TEXT_BYTES) response.end(last);
    else response.end(last.toString('latin1'), 'latin1');
    // What is left of an upload that the app did not want to see to its end.
    if (!request.complete) request.removeAllListeners('data').resume();
  }

  onDrain(): void {
    this.#proxying.request.resume();
  }

  onError(error: Error): void {
    const { response, show } = this.#proxying;
    this.onOver();
    if (response.destroyed) return;
    if (this.#state !== 'waiting') response.destroy();
    else if (this.#repeats) void openAndExchange(this.#proxying);
    else show(problemOf(error));
  }
}

function sendBody({ request, isChunked }: Proxying, connection: AppConnection): void {
  request.on('data', (data: Buffer) => {
    const framed = isChunked ? chunk(data) : data;
    if (!connection.write(framed)) request.pause();
  });
  request.once('end', () => {
    if (isChunked) connection.write('0\r\n\r\n');
    connection.finish();
  });
}

function chunk(data: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);
}

export function problemOf(error: unknown): PreviewProblem {
  if (error instanceof AppError) return error.code === 'agent_offline' ? 'offline' : 'down';
  return 'broken';
}
