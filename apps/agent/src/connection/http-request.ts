import { createDeferred } from '@spt-flow/tunnel/deferred';
import { HttpHeadReader, type HttpHead } from '@spt-flow/tunnel/websocket/http-head';
import { TunnelError } from '@spt-flow/tunnel/types';
import { targetOf, withinTime, type Link } from './link.ts';

const MAX_BODY_BYTES = 256 * 1024;
const TIMEOUT_MS = 15_000;

export interface HttpRequest {
  readonly path: string;
  /** Sent as JSON by POST; without one the request is a GET. */
  readonly body?: object;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: HttpHead['headers'];
  readonly body: string;
}

/** Asks the control plane one thing over the very connection that the tunnel would be dialled with. */
export async function requestHttp(link: Link, request: HttpRequest): Promise<HttpAnswer> {
  return withinTime(TIMEOUT_MS, async (signal) => {
    const reader = createAnswerReader();
    signal.addEventListener('abort', () => reader.fail(signal.reason));
    const socket = await link.dial({ ...targetOf(link), signal }, reader.handlers);
    try {
      socket.write([Buffer.from(requestText(link.url, request))]);
      return await reader.answer;
    } finally {
      socket.destroy();
    }
  });
}

function requestText({ host }: URL, { path, body }: HttpRequest): string {
  const text = body && JSON.stringify(body);
  const lines = [
    `${text ? 'POST' : 'GET'} ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Accept: application/json',
    'Connection: close',
  ];
  if (text) {
    lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n${text ?? ''}`;
}

function createAnswerReader() {
  const reader = new HttpHeadReader();
  const answer = createDeferred<HttpAnswer>();
  let head: HttpHead | undefined;
  let body = Buffer.alloc(0);

  function onBytes(chunk: Uint8Array): void {
    try {
      if (head) body = Buffer.concat([body, chunk]);
      else {
        head = reader.feed(chunk);
        if (!head) return;
        body = Buffer.from(head.rest);
      }
      if (body.length > MAX_BODY_BYTES) throw new TunnelError('http_error', 'Answer is too long');
      const length = head.headers.get('content-length');
      if (length !== undefined && body.length >= Number(length)) finish(head);
    } catch (error) {
      answer.reject(error);
    }
  }

  function finish({ status, headers }: HttpHead): void {
    const isChunked = headers.get('transfer-encoding') !== undefined;
    const bytes = isChunked ? joinChunks(body) : body;
    answer.resolve({ status, headers, body: bytes.toString() });
  }

  function onClose(reason?: string): void {
    if (head && reason === undefined) finish(head);
    else answer.reject(new TunnelError('connect_failed', reason ?? 'Closed without an answer'));
  }

  return { handlers: { onBytes, onClose }, answer: answer.promise, fail: answer.reject };
}

/** What is cut off or malformed ends the body early; who reads it sees that. */
function joinChunks(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  let offset = 0;
  for (;;) {
    const lineEnd = body.indexOf('\r\n', offset);
    const size = Number.parseInt(body.subarray(offset, lineEnd).toString('latin1'), 16);
    if (lineEnd < 0 || !(size > 0)) return Buffer.concat(chunks);
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    offset = lineEnd + 2 + size + 2;
  }
}
