import WebSocket from 'ws';
import { InterruptedError } from '../core/errors.ts';
import { readRefusal, unreachable } from './refusal.ts';

const HANDSHAKE_TIMEOUT_MS = 15_000;
const KEEPALIVE_MS = 15_000;
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

export type Socket = WebSocket;

/** SocketRequest is what a WebSocket of the API is asked for with. */
export interface SocketRequest {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly correlationId: string;
  readonly signal: AbortSignal;
}

/** openSocket resolves with an open WebSocket; a refusal becomes the ApiError that the server sent. */
export function openSocket(request: SocketRequest): Promise<Socket> {
  if (request.signal.aborted) return Promise.reject(new InterruptedError());
  const socket = new WebSocket(request.url, {
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
