import { ApiError } from '@spt-flow/shared/api/client';
import { ErrorBodySchema } from '@spt-flow/shared/api/envelope';
import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import { z } from 'zod';
import { InterruptedError } from './errors.ts';

const HANDSHAKE_TIMEOUT_MS = 15_000;
const KEEPALIVE_MS = 15_000;
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 64 * 1024;

export type Socket = WebSocket;

interface SocketRequest {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly protocol?: string | undefined;
  readonly correlationId: string;
  readonly signal: AbortSignal;
}

const RefusalSchema = z.object({ error: ErrorBodySchema });

/** openSocket resolves with an open WebSocket; a refusal becomes the ApiError that the server sent. */
export function openSocket(request: SocketRequest): Promise<Socket> {
  if (request.signal.aborted) return Promise.reject(new InterruptedError());
  const socket = new WebSocket(request.url, request.protocol ?? [], {
    headers: request.headers,
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  const abort = () => socket.terminate();
  request.signal.addEventListener('abort', abort, { once: true });
  socket.once('close', () => request.signal.removeEventListener('abort', abort));
  return new Promise((resolve, reject) => {
    // A socket without a listener for errors would end the process; `close` always follows.
    socket.on('error', (cause) => reject(unreachable(request, cause)));
    socket.once('unexpected-response', (_, response) => {
      readRefusal(response, request)
        .then(reject, reject)
        .finally(() => socket.terminate());
    });
    socket.once('open', () => {
      keepAlive(socket);
      // Nothing may arrive between now and the caller's listeners.
      socket.pause();
      resolve(socket);
    });
  });
}

/** keepAlive ends a connection that is dead without having said so. */
function keepAlive(socket: WebSocket): void {
  let answered = true;
  const timer = setInterval(() => {
    if (socket.isPaused) return;
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, KEEPALIVE_MS);
  const alive = () => (answered = true);
  socket.on('pong', alive);
  socket.on('message', alive);
  socket.once('close', () => clearInterval(timer));
}

async function readRefusal(response: IncomingMessage, request: SocketRequest): Promise<ApiError> {
  const status = response.statusCode ?? 0;
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > MAX_REFUSAL_BYTES) break;
  }
  const parsed = RefusalSchema.safeParse(parseJson(text));
  if (parsed.success) {
    const { message, ...body } = parsed.data.error;
    return new ApiError(message, { ...body, status });
  }
  const { correlationId } = request;
  return new ApiError('The connection was refused', { code: 'bad_answer', status, correlationId });
}

function unreachable({ correlationId }: SocketRequest, cause: unknown): ApiError {
  return new ApiError('spt-flow does not answer', {
    code: 'unreachable',
    status: 0,
    correlationId,
    cause,
  });
}

/** parseJson returns undefined for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema of the caller refuses undefined.
    return undefined;
  }
}
