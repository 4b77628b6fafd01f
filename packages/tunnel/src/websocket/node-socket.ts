import { Buffer } from 'node:buffer';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, TLSSocket } from 'node:tls';
import type { ByteSocket, ByteSocketHandlers, DialSocket, DialTarget } from './byte-socket.ts';
import { HttpHeadReader } from './http-head.ts';
import { checkProxyAnswer, proxyConnectRequest } from './proxy-connect.ts';
import { TunnelError } from '../types.ts';

const READ_BUFFER_BYTES = 64 * 1024;
/** Up to here a copy costs less than what Node.js does for each piece. */
const SMALL_WRITE_BYTES = 1024;
const EXPORTED_BYTES = 32;
const HTTP_PORT = 80;

/** dialNodeSocket connects with `node:net` and `node:tls`. */
export async function dialNodeSocket(
  target: DialTarget,
  handlers: ByteSocketHandlers,
): Promise<ByteSocket> {
  const { proxy, tls, signal } = target;
  const connected = tls ? 'secureConnect' : 'connect';
  const socket = proxy
    ? await openThroughProxy(target, { proxy, handlers })
    : openDirect(target, handlers);
  const opened = new NodeSocket(socket, handlers);
  if (tls || !proxy) await outcomeOf(socket, signal, (resolve) => socket.once(connected, resolve));
  return opened;
}

/** dialUnixSocket dials the socket at this path, whatever host it is asked for: nothing leaves the machine. */
export function dialUnixSocket(path: string): DialSocket {
  return async ({ signal }, handlers) => {
    const socket = connectTcp({ path, onread: readInto(handlers) });
    const opened = new NodeSocket(socket, handlers);
    await outcomeOf(socket, signal, (resolve) => socket.once('connect', resolve));
    return opened;
  };
}

/** NodeSocket is a socket of `node:net` or `node:tls`; who makes it listens to its bytes. */
export class NodeSocket implements ByteSocket {
  readonly #socket: Socket;
  #lostBecause: string | undefined;

  constructor(socket: Socket, handlers: ByteSocketHandlers) {
    this.#socket = socket;
    socket.on('error', (error) => (this.#lostBecause = error.message));
    socket.on('close', () => handlers.onClose(this.#lostBecause));
    socket.on('end', () => socket.end());
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  write(parts: readonly Uint8Array[], written?: () => void): void {
    const pieces = isSmall(parts) ? [Buffer.concat(parts)] : parts;
    const last = pieces.length - 1;
    const socket = this.#socket;
    if (last > 0) socket.cork();
    for (const [index, piece] of pieces.entries()) {
      if (index < last) socket.write(piece);
      else socket.write(piece, (error) => (error ? undefined : written?.()));
    }
    if (last > 0) socket.uncork();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  exportKeyingMaterial(): Buffer | undefined {
    if (!(this.#socket instanceof TLSSocket)) return undefined;
    const context = Buffer.alloc(0);
    return this.#socket.exportKeyingMaterial(EXPORTED_BYTES, 'EXPORTER-Channel-Binding', context);
  }
}

function isSmall(parts: readonly Uint8Array[]): boolean {
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  return bytes <= SMALL_WRITE_BYTES;
}

function openDirect(target: DialTarget, handlers: ByteSocketHandlers): Socket {
  const address = { host: target.host, port: target.port, onread: readInto(handlers) };
  const socket = target.tls
    ? connectTls({ ...tlsOptions(target), ...address })
    : connectTcp(address);
  return socket.setNoDelay(true);
}

/** One read buffer for the connection's life: nothing is allocated for what arrives. */
function readInto({ onBytes }: ByteSocketHandlers) {
  return {
    buffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
    callback: (bytes: number, buffer: Uint8Array) => {
      onBytes(buffer.subarray(0, bytes));
      return true;
    },
  };
}

function tlsOptions({ host, tls }: DialTarget): ConnectionOptions {
  return {
    host,
    ...(isIP(host) ? {} : { servername: host }),
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    minVersion: 'TLSv1.3',
  };
}

async function openThroughProxy(
  target: DialTarget,
  { proxy, handlers }: { proxy: URL; handlers: ByteSocketHandlers },
): Promise<Socket> {
  const carrier = await askProxy(target, proxy);
  const socket = target.tls ? connectTls({ ...tlsOptions(target), socket: carrier }) : carrier;
  return socket.on('data', (chunk: Buffer) => handlers.onBytes(chunk)).resume();
}

async function askProxy(target: DialTarget, proxy: URL): Promise<Socket> {
  const { signal } = target;
  const host = proxy.hostname.replace(/^\[|\]$/g, '');
  const socket = connectTcp({ host, port: Number(proxy.port) || HTTP_PORT }).setNoDelay(true);
  await outcomeOf(socket, signal, (resolve) => socket.once('connect', resolve));
  await outcomeOf(socket, signal, (resolve) => {
    const reader = new HttpHeadReader();
    socket.on('data', (chunk) => {
      try {
        const answer = reader.feed(chunk);
        if (!answer) return;
        checkProxyAnswer(answer);
        socket.pause().removeAllListeners('data');
        resolve();
      } catch (error) {
        socket.destroy(errorOf(error));
      }
    });
    socket.write(proxyConnectRequest(target, proxy));
  });
  return socket;
}

/** Rejects when the socket ends before `resolve` was called, or when the signal ends it. */
async function outcomeOf(
  socket: Socket,
  signal: AbortSignal,
  begin: (resolve: () => void) => void,
): Promise<void> {
  const abort = () => socket.destroy(errorOf(signal.reason));
  signal.addEventListener('abort', abort);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new TunnelError('connect_failed', 'Closed early')));
      if (signal.aborted) abort();
      begin(resolve);
    });
  } catch (error) {
    throw errorOf(error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function errorOf(error: unknown): TunnelError {
  if (error instanceof TunnelError) return error;
  return new TunnelError('connect_failed', messageOf(error), { cause: error });
}

/** A host with several addresses fails with all of their errors, and without a message. */
function messageOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : undefined;
}
