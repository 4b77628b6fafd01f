import type { Transport } from '@spt-flow/tunnel/types';
import type { WebSocket } from 'ws';

/** Bytes that may wait in the socket before `send` says stop. */
const SEND_BUFFER_BYTES = 128 * 1024;
const CLOSE_NORMAL = 1000;

/** createSocketTransport carries a tunnel's bytes over a socket of ws. */
export function createSocketTransport(socket: WebSocket): Transport {
  let needsDrain = false;
  let closedBecause: string | undefined;
  let onDrain: (() => void) | undefined;
  const onCloses: ((reason: string) => void)[] = [];

  function sent(): void {
    if (!needsDrain || socket.bufferedAmount * 2 >= SEND_BUFFER_BYTES) return;
    needsDrain = false;
    onDrain?.();
  }

  socket.once('close', (_code, reason) => {
    closedBecause = reason.toString() || 'connection lost';
    for (const handler of onCloses) handler(closedBecause);
  });

  return {
    lendsChunks: false,
    send(parts, done) {
      if (socket.readyState !== socket.OPEN) return false;
      socket.send(Buffer.concat(parts), { binary: true }, sent);
      // The copy is what waits in the socket.
      done?.();
      needsDrain ||= socket.bufferedAmount >= SEND_BUFFER_BYTES;
      return !needsDrain;
    },
    onBytes(handler) {
      socket.on('message', (data) => handler(toBuffer(data)));
    },
    onDrain: (handler) => void (onDrain = handler),
    onClose(handler) {
      if (closedBecause === undefined) onCloses.push(handler);
      else handler(closedBecause);
    },
    close: (reason) => socket.close(CLOSE_NORMAL, reason),
  };
}

function toBuffer(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}
