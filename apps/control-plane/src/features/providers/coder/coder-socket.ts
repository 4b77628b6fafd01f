import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { AppError } from '@spt-flow/shared/domain/errors';
import { messageBytes } from '../../../lib/message-bytes.ts';
import { parseJson } from '../../../lib/parse-json.ts';
import { addressOf, credentials, readAnswer, type CoderServer } from './coder-http.ts';
import { problemOf, unreachable } from './coder-problem.ts';

const HANDSHAKE_TIMEOUT_MS = 60_000;
const MAX_MESSAGE_BYTES = 1024 * 1024;

export interface SocketCall {
  /** Below `/api/v2/`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Ends the connection. */
  readonly signal: AbortSignal;
  /** Listens from the beginning: the first ones come together with the answer. */
  readonly onMessage: (bytes: Buffer) => void;
}

/** openSocket resolves with an open connection; AppError otherwise. */
export async function openSocket(server: CoderServer, call: SocketCall): Promise<WebSocket> {
  const url = addressOf(server, call.path, call.query);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const headers = await credentials(server);
  call.signal.throwIfAborted();
  const socket = new WebSocket(url, {
    ...{ headers, handshakeTimeout: HANDSHAKE_TIMEOUT_MS, maxPayload: MAX_MESSAGE_BYTES },
    perMessageDeflate: false,
    ...(server.ca !== null && { ca: server.ca }),
  });
  const refused = refusalOf(socket);
  socket.on('message', (data) => call.onMessage(messageBytes(data)));
  const end = () => socket.terminate();
  call.signal.addEventListener('abort', end, { once: true });
  socket.once('close', () => call.signal.removeEventListener('abort', end));
  try {
    await Promise.race([once(socket, 'open'), refused]);
  } catch (cause) {
    throw cause instanceof AppError ? cause : unreachable(server.url, cause);
  }
  // What ends it afterwards is told by its closing.
  socket.on('error', () => undefined);
  return socket;
}

/** Rejects with what the server says instead of switching protocols. */
function refusalOf(socket: WebSocket): Promise<never> {
  const refused = new Promise<never>((_resolve, reject) => {
    socket.once('unexpected-response', (_request, answer: IncomingMessage) => {
      readAnswer(answer).then(
        (body) => reject(problemOf(answer.statusCode ?? 0, parseJson(body))),
        reject,
      );
    });
  });
  refused.catch(() => undefined); // It is raced with.
  return refused;
}
