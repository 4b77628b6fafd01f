const RING_BYTES = 256 * 1024;

/** OutputRing keeps the most recent output of a terminal in one fixed block of memory. */
export interface OutputRing {
  push(bytes: Uint8Array): void;
  /** What is kept, oldest first; starts after a line end when older output was lost. */
  read(): Buffer;
}

export function createOutputRing(capacity = RING_BYTES): OutputRing {
  const block = Buffer.alloc(capacity);
  let end = 0;
  let isFull = false;

  function push(bytes: Uint8Array): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - capacity));
    const first = kept.subarray(0, capacity - end);
    block.set(first, end);
    block.set(kept.subarray(first.length), 0);
    if (end + kept.length >= capacity) isFull = true;
    end = (end + kept.length) % capacity;
  }

  function read(): Buffer {
    if (!isFull) return Buffer.from(block.subarray(0, end));
    const all = Buffer.concat([block.subarray(end), block.subarray(0, end)]);
    return all.subarray(all.indexOf(10) + 1);
  }

  return { push, read };
}
