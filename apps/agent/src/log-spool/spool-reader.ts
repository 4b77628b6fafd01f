import { closeSync, openSync, readSync } from 'node:fs';
import type { Segment } from './spool-segments.ts';

const LINE_END = 0x0a;
/** More than the longest line takes as JSON. */
const CHUNK_BYTES = 64 * 1024;

/** SpoolReader goes through the whole lines of one file, also after it was removed or while it grows. */
export class SpoolReader {
  readonly segment: Segment;
  readonly #descriptor: number;
  #offset = 0;

  constructor(segment: Segment) {
    this.segment = segment;
    this.#descriptor = openSync(segment.path, 'r');
  }

  /** Undefined: there is no more at the moment. */
  next(): Buffer | undefined {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, this.segment.bytes - this.#offset));
    const read = readSync(this.#descriptor, chunk, 0, chunk.length, this.#offset);
    const end = chunk.subarray(0, read).lastIndexOf(LINE_END) + 1;
    this.#offset += end;
    return end === 0 ? undefined : chunk.subarray(0, end);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
