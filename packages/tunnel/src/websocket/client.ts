import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { ByteSocket, ByteSocketHandlers, DialSocket, DialTarget } from './byte-socket.ts';
import type { Connection } from '../connection.ts';
import { createDeferred } from '../deferred.ts';
import { HttpHeadReader } from './http-head.ts';
import { TunnelError } from '../types.ts';
import { WebSocketConnection } from './connection.ts';
import { checkUpgradeResponse, upgradeRequest } from './upgrade.ts';

export interface ConnectOptions {
  readonly dial: DialSocket;
  /** ws:// or wss:// */
  readonly url: string;
  readonly protocol: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM certificates to trust instead of the built-in ones. */
  readonly ca?: string | undefined;
  /** HTTP proxy to connect through. */
  readonly proxy?: URL | undefined;
  /** For the connection, and again for the answer to the upgrade. */
  readonly timeoutMs: number;
  /** For the answer, where the other end lets a crowd wait in line. */
  readonly answerTimeoutMs?: number;
  readonly signal?: AbortSignal;
  /** All that is sent after the handshake is encrypted: masks are left out. */
  readonly isSealed?: boolean;
}

/** Without TLS a tunnel may only go to the own machine. */
export function isLoopbackUrl(url: string): boolean {
  const host = new URL(url).hostname;
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** `host:port` as both ends sign it. */
export function authorityOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === 'wss:' || protocol === 'https:' ? 443 : 80)}`;
}

/**
 * connectWebSocket rejects with TunnelError `connect_failed`, `connect_timeout`, `cancelled`,
 * `http_<status>` or `proxy_<status>`.
 */
export async function connectWebSocket(options: ConnectOptions): Promise<Connection> {
  const target = targetOf(options);
  const upgrade = createUpgrade(options);
  const deadline = startDeadline(options);
  try {
    const socket = await options.dial({ ...target, signal: deadline.signal }, upgrade.handlers);
    deadline.restart(options.answerTimeoutMs ?? options.timeoutMs);
    return await upgrade.run(socket, deadline.signal);
  } finally {
    deadline.release();
  }
}

function targetOf({ url, ca, proxy }: ConnectOptions): Omit<DialTarget, 'signal'> {
  const { hostname, port, protocol } = new URL(url);
  const isTls = protocol === 'wss:';
  if (!isTls && protocol !== 'ws:') throw new TunnelError('bad_url', 'Expected a ws or wss URL');
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (isTls ? 443 : 80),
    tls: isTls ? { ca } : undefined,
    proxy,
  };
}

/** A signal whose reason is the error that ends the attempt. */
function startDeadline({ timeoutMs, signal }: Pick<ConnectOptions, 'timeoutMs' | 'signal'>) {
  const controller = new AbortController();
  const abort = (code: string, message: string) => controller.abort(new TunnelError(code, message));
  const start = (ms: number) =>
    setTimeout(abort, ms, 'connect_timeout', 'Connecting took too long');
  let timer = start(timeoutMs);
  const cancel = () => abort('cancelled', 'Connecting was cancelled');
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted) cancel();
  return {
    signal: controller.signal,
    restart: (ms: number) => {
      clearTimeout(timer);
      timer = start(ms);
    },
    release: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    },
  };
}

/** Asks a socket for the upgrade; afterwards its bytes are the connection's. */
function createUpgrade(options: ConnectOptions) {
  const key = randomBytes(16).toString('base64');
  const request = Buffer.from(upgradeRequest({ ...options, key }));
  const reader = new HttpHeadReader();
  const upgraded = createDeferred<Connection>();
  let socket: ByteSocket | undefined;
  let connection: WebSocketConnection | undefined;

  function settle(chunk: Uint8Array): void {
    try {
      const head = reader.feed(chunk);
      if (!head || !socket) return;
      checkUpgradeResponse(head, { key, protocol: options.protocol });
      connection = new WebSocketConnection(socket, 'client', options);
      connection.feed(head.rest);
      upgraded.resolve(connection);
    } catch (error) {
      upgraded.reject(error);
    }
  }

  async function run(opened: ByteSocket, signal: AbortSignal): Promise<Connection> {
    socket = opened;
    signal.addEventListener('abort', () => upgraded.reject(signal.reason));
    try {
      signal.throwIfAborted();
      socket.write([request]);
      return await upgraded.promise;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  const handlers: ByteSocketHandlers = {
    onBytes: (chunk) => (connection ? connection.feed(chunk) : settle(chunk)),
    onClose(reason) {
      if (connection) connection.lost(reason);
      else upgraded.reject(new TunnelError('connect_failed', reason ?? 'Connection closed early'));
    },
  };
  return { handlers, run };
}
