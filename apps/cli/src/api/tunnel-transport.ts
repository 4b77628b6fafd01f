import { randomBytes } from 'node:crypto';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { adoptNodeSocket } from '@spt-flow/tunnel/websocket/adopted-socket';
import type { Transport } from '@spt-flow/tunnel/types';
import { WebSocketConnection } from '@spt-flow/tunnel/websocket/connection';
import { checkUpgradeResponse } from '@spt-flow/tunnel/websocket/upgrade';
import { InterruptedError } from '../core/errors.ts';
import { readRefusal, unreachable } from './refusal.ts';
import type { SocketRequest } from './socket.ts';

const HANDSHAKE_TIMEOUT_MS = 15_000;

export interface TunnelKind {
  readonly protocol: string;
  /** What it carries is encrypted already: masks are left out. */
  readonly isSealed?: boolean;
}

type TransportRequest = SocketRequest & TunnelKind;

/**
 * openTunnelTransport opens a WebSocket whose bytes are a tunnel's; a refusal becomes the ApiError that the server sent.
 * It masks several times as fast as a library for all purposes, which is most of what a copy over SSH costs here.
 */
export function openTunnelTransport(request: TransportRequest): Promise<Transport> {
  if (request.signal.aborted) return Promise.reject(new InterruptedError());
  const key = randomBytes(16).toString('base64');
  return new Promise((resolve, reject) => {
    const outgoing = askForUpgrade(request, key);
    const fail = (cause: unknown) => {
      outgoing.destroy();
      reject(request.signal.aborted ? new InterruptedError() : unreachable(request, cause));
    };
    outgoing.on('error', fail);
    outgoing.once('timeout', () => fail(new Error('The server takes too long to answer')));
    outgoing.once('response', (response: IncomingMessage) => {
      readRefusal(response, request)
        .then(reject, fail)
        .finally(() => outgoing.destroy());
    });
    outgoing.once('upgrade', (response: IncomingMessage, socket: Socket, rest: Buffer) => {
      try {
        checkUpgradeResponse(headOf(response), { key, protocol: request.protocol });
        resolve(adopt({ socket, rest }, request));
      } catch (cause) {
        socket.destroy();
        fail(cause);
      }
    });
    outgoing.end();
  });
}

function askForUpgrade({ url, headers, protocol, signal }: TransportRequest, key: string) {
  const target = new URL(url.replace(/^ws/, 'http'));
  const send = target.protocol === 'https:' ? requestHttps : requestHttp;
  return send(target, {
    headers: {
      ...headers,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      'sec-websocket-protocol': protocol,
    },
    timeout: HANDSHAKE_TIMEOUT_MS,
    signal,
  });
}

function headOf({ statusCode, headers }: IncomingMessage) {
  const entries = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return { status: statusCode ?? 0, headers: new Map(entries) };
}

function adopt(
  { socket, rest }: { socket: Socket; rest: Buffer },
  { signal, isSealed }: TransportRequest,
): Transport {
  const bytes = adoptNodeSocket(socket, {
    onBytes: (chunk) => connection.feed(chunk),
    onClose: (reason) => {
      signal.removeEventListener('abort', abort);
      connection.lost(reason);
    },
  });
  const connection = new WebSocketConnection(bytes, 'client', { isSealed });
  const abort = () => bytes.destroy();
  signal.addEventListener('abort', abort, { once: true });
  connection.feed(rest);
  return connection;
}
