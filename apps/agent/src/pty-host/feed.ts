/** Why output waits: the screen is not drawn yet, or the reader takes no more. */
export type Hold = 'screen' | 'reader';

/** Feed is the output for one viewer, in order, held back for as long as there is a reason to. */
export interface Feed {
  readonly waitingBytes: number;
  isHeld(reason: Hold): boolean;
  push(bytes: Uint8Array): void;
  hold(reason: Hold): void;
  release(reason: Hold): void;
  /** What waits, whatever the reason. */
  flush(): void;
}

export function createFeed(send: (bytes: Uint8Array) => void): Feed {
  const reasons = new Set<Hold>();
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;

  function flush(): void {
    const all = waiting;
    waiting = [];
    waitingBytes = 0;
    for (const bytes of all) send(bytes);
  }

  return {
    get waitingBytes() {
      return waitingBytes;
    },
    isHeld: (reason) => reasons.has(reason),
    push(bytes) {
      if (reasons.size === 0) return send(bytes);
      waiting.push(bytes);
      waitingBytes += bytes.length;
    },
    hold: (reason) => void reasons.add(reason),
    release(reason) {
      reasons.delete(reason);
      if (reasons.size === 0) flush();
    },
    flush,
  };
}
