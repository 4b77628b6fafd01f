import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { MAX_MESSAGE_BYTES } from './frame-codec.ts';
import { TunnelError } from './types.ts';
import { ClientConnection, type WebSocketConnection } from './websocket-connection.ts';
import { checkUpgradeResponse, upgradeRequest } from './websocket-upgrade.ts';

const READ_BUFFER_BYTES = 64 * 1024;
const MAX_RESPONSE_BYTES = 16 * 1024;
const HEAD_END = '\r\n\r\n';

export interface ConnectOptions {
  /** ws:// or wss:// */
  readonly url: string;
  readonly protocol: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM certificates to trust instead of the built-in ones. */
  readonly ca?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
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

/** Opens a WebSocket; rejects with TunnelError `connect_failed`, `connect_timeout` or `http_<status>`. */
export function connectWebSocket(options: ConnectOptions): Promise<WebSocketConnection> {
  const key = randomBytes(16).toString('base64');
  return new Promise((resolve, reject) => {
    const request = upgradeRequest({ ...options, key });
    const reader = new UpgradeReader(key, options.protocol);
    const socket = openSocket(options, (chunk) => settle(chunk));
    const timer = setTimeout(
      () => fail(new TunnelError('connect_timeout', 'Connecting took too long')),
      options.timeoutMs,
    );
    const onAbort = () => fail(new TunnelError('cancelled', 'Connecting was cancelled'));
    const onError = (error: Error) => fail(new TunnelError('connect_failed', error.message));
    const onEnd = () => fail(new TunnelError('connect_failed', 'Connection closed early'));
    let connection: ClientConnection | undefined;

    function release(): void {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      socket.off('error', onError).off('close', onEnd);
    }

    function fail(error: TunnelError): void {
      release();
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error);
    }

    function settle(chunk: Uint8Array): void {
      if (connection) return connection.feed(chunk);
      try {
        const rest = reader.feed(chunk);
        if (!rest) return;
        release();
        connection = new ClientConnection(socket, MAX_MESSAGE_BYTES);
        connection.feed(rest);
        resolve(connection);
      } catch (error) {
        fail(error instanceof TunnelError ? error : new TunnelError('connect_failed'));
      }
    }

    socket.on('error', onError).on('close', onEnd);
    options.signal?.addEventListener('abort', onAbort);
    if (options.signal?.aborted) return onAbort();
    const connected = new URL(options.url).protocol === 'wss:' ? 'secureConnect' : 'connect';
    socket.once(connected, () => socket.write(request));
  });
}

/** One read buffer for the connection's life: every chunk is a view into it, valid during the call. */
function openSocket({ url, ca }: ConnectOptions, onBytes: (chunk: Uint8Array) => void): Socket {
  const { hostname, port, protocol } = new URL(url);
  const isTls = protocol === 'wss:';
  if (!isTls && protocol !== 'ws:') throw new TunnelError('bad_url', 'Expected a ws or wss URL');
  const host = hostname.replace(/^\[|\]$/g, '');
  const onread = {
    buffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
    callback: (bytes: number, buffer: Uint8Array) => {
      onBytes(buffer.subarray(0, bytes));
      return true;
    },
  };
  const target = { host, port: Number(port) || (isTls ? 443 : 80), onread };
  const servername = isIP(host) ? {} : { servername: host };
  const trust = ca === undefined ? {} : { ca };
  const socket = isTls
    ? connectTls({ ...target, ...servername, ...trust, minVersion: 'TLSv1.3' })
    : connectTcp(target);
  return socket.setNoDelay(true);
}

/** Collects the response head; returns the bytes behind it once it is complete and right. */
class UpgradeReader {
  readonly #key: string;
  readonly #protocol: string;
  #received = Buffer.alloc(0);

  constructor(key: string, protocol: string) {
    this.#key = key;
    this.#protocol = protocol;
  }

  feed(chunk: Uint8Array): Buffer | undefined {
    this.#received = Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf(HEAD_END);
    if (end < 0) {
      if (this.#received.length <= MAX_RESPONSE_BYTES) return undefined;
      throw new TunnelError('connect_failed', 'Response head is too long');
    }
    const head = this.#received.subarray(0, end).toString('latin1');
    checkUpgradeResponse(head, { key: this.#key, protocol: this.#protocol });
    return this.#received.subarray(end + HEAD_END.length);
  }
}
