import { OUTPUT_WINDOW_BYTES } from '@spt-flow/shared/api/terminals';
import type { WebSocket } from 'ws';

/** Not yet taken by the client's machine; beyond it the terminal waits. */
const MAX_BUFFERED_BYTES = 512 * 1024;

/**
 * Pace holds a terminal back to what its client keeps up with, so that what is shown is never far behind what is
 * typed: by what the connection took, and by what the client says it has shown.
 */
export interface Pace {
  sent(bytes: number): void;
  acknowledge(bytes: number): void;
  /** Resolves when more may be sent, also when the connection is gone; undefined: now. */
  keep(): Promise<void> | undefined;
}

export function createPace({ socket, acks }: { socket: WebSocket; acks: boolean }): Pace {
  let unshownBytes = 0;
  let goOn: () => void = () => undefined;
  socket.once('close', () => goOn());

  async function untilShown(): Promise<void> {
    if (unshownBytes <= OUTPUT_WINDOW_BYTES || socket.readyState !== socket.OPEN) return;
    await new Promise<void>((resolve) => (goOn = resolve));
  }

  return {
    sent: (bytes) => {
      if (acks) unshownBytes += bytes;
    },
    acknowledge(bytes) {
      unshownBytes = Math.max(0, unshownBytes - bytes);
      if (unshownBytes <= OUTPUT_WINDOW_BYTES) goOn();
    },
    keep() {
      if (socket.bufferedAmount > MAX_BUFFERED_BYTES) return flushed(socket).then(untilShown);
      return unshownBytes > OUTPUT_WINDOW_BYTES ? untilShown() : undefined;
    },
  };
}

/** An empty ping is queued behind what was sent before it. */
function flushed(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.ping(undefined, undefined, (error?: Error) => (error ? reject(error) : resolve()));
  });
}
