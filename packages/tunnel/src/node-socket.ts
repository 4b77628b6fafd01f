import { Buffer } from 'node:buffer';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { ByteSocket, ByteSocketHandlers, DialTarget } from './byte-socket.ts';
import { TunnelError } from './types.ts';

const READ_BUFFER_BYTES = 64 * 1024;
const EXPORTED_BYTES = 32;

/** dialNodeSocket connects with `node:net` and `node:tls`. */
export function dialNodeSocket(
  target: DialTarget,
  handlers: ByteSocketHandlers,
): Promise<ByteSocket> {
  return new Promise((resolve, reject) => {
    const { signal } = target;
    if (signal.aborted) return reject(reasonOf(signal));
    const socket = openSocket(target, handlers);
    const onAbort = () => fail(reasonOf(signal));
    const onError = (error: Error) => fail(new TunnelError('connect_failed', error.message));

    function fail(error: Error): void {
      signal.removeEventListener('abort', onAbort);
      socket.on('error', () => undefined).destroy();
      reject(error);
    }

    signal.addEventListener('abort', onAbort);
    socket.on('error', onError);
    socket.once(target.tls ? 'secureConnect' : 'connect', () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      resolve(new NodeSocket(socket, handlers));
    });
  });
}

class NodeSocket implements ByteSocket {
  readonly #socket: Socket;
  #lostBecause: string | undefined;

  constructor(socket: Socket, handlers: Pick<ByteSocketHandlers, 'onClose'>) {
    this.#socket = socket;
    socket.on('error', (error) => (this.#lostBecause = error.message));
    socket.on('close', () => handlers.onClose(this.#lostBecause));
    socket.on('end', () => socket.end());
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array, written?: () => void): void {
    this.#socket.write(bytes, (error) => {
      if (!error) written?.();
    });
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

/** One read buffer for the connection's life: nothing is allocated for what arrives. */
function openSocket({ host, port, tls }: DialTarget, { onBytes }: ByteSocketHandlers): Socket {
  const onread = {
    buffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
    callback: (bytes: number, buffer: Uint8Array) => {
      onBytes(buffer.subarray(0, bytes));
      return true;
    },
  };
  const target = { host, port, onread };
  if (!tls) return connectTcp(target).setNoDelay(true);
  return connectTls({
    ...target,
    ...(isIP(host) ? {} : { servername: host }),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    minVersion: 'TLSv1.3',
  }).setNoDelay(true);
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new TunnelError('cancelled', 'Dialling was cancelled');
}
