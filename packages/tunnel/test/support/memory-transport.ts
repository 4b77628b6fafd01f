import type { Transport } from '../../src/types.ts';

/** MemoryEnd is one end of a transport whose bytes move only when the test says so. */
export interface MemoryEnd extends Transport {
  /** What waits to be delivered to the other end, as it was sent. */
  readonly sent: Uint8Array[];
  /** While true, `send` says stop. */
  blocked: boolean;
  drain(): void;
  receive(chunk: Uint8Array): void;
  lose(reason: string): void;
  readonly closedWith: string[];
}

export function createMemoryEnd(): MemoryEnd {
  let onBytes: (chunk: Uint8Array) => void = () => undefined;
  let onDrain: () => void = () => undefined;
  let onClose: (reason: string) => void = () => undefined;
  const end: MemoryEnd = {
    sent: [],
    closedWith: [],
    blocked: false,
    lendsChunks: false,
    send(parts, sent) {
      end.sent.push(Buffer.concat(parts));
      sent?.();
      return !end.blocked;
    },
    onBytes: (handler) => void (onBytes = handler),
    onDrain: (handler) => void (onDrain = handler),
    onClose: (handler) => void (onClose = handler),
    close: (reason) => void end.closedWith.push(reason),
    drain: () => onDrain(),
    receive: (chunk) => onBytes(chunk),
    lose: (reason) => onClose(reason),
  };
  return end;
}

/** Lets promises, ticks and immediates run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/** Delivers in both directions until nothing moves any more. */
export async function exchange(left: MemoryEnd, right: MemoryEnd): Promise<void> {
  for (let idle = 0; idle < 2; idle += 1) {
    await settle();
    for (const [from, to] of [
      [left, right],
      [right, left],
    ] as const) {
      for (const message of from.sent.splice(0)) {
        to.receive(message);
        idle = -1;
      }
      from.drain();
    }
  }
}
