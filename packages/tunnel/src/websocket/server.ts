import type { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connection } from '../connection.ts';
import { adoptNodeSocket } from './adopted-socket.ts';
import { WebSocketConnection } from './connection.ts';
import { acceptOf } from './upgrade.ts';

/** Upgrade is what an HTTP server's `upgrade` event hands over. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** acceptWebSocket completes the upgrade to the protocol; undefined, and nothing answered, when it was not asked for rightly. */
export function acceptWebSocket(
  { request, socket, head }: Upgrade,
  protocol: string,
): Connection | undefined {
  const key = request.headers['sec-websocket-key'] ?? '';
  const isRight =
    request.method === 'GET' &&
    request.headers.upgrade?.toLowerCase() === 'websocket' &&
    request.headers['sec-websocket-version'] === '13' &&
    /^[A-Za-z0-9+/]{22}==$/.test(key) &&
    offers(request, protocol);
  if (!isRight || !(socket instanceof Socket)) return undefined;
  const connection = new WebSocketConnection(
    adoptNodeSocket(socket, {
      onBytes: (chunk) => connection.feed(chunk),
      onClose: (reason) => connection.lost(reason),
    }),
    'server',
  );
  socket.write(
    [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${acceptOf(key)}`,
      `Sec-WebSocket-Protocol: ${protocol}`,
      '\r\n',
    ].join('\r\n'),
  );
  connection.feed(head);
  return connection;
}

function offers(request: IncomingMessage, protocol: string): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((name) => name.trim() === protocol);
}
