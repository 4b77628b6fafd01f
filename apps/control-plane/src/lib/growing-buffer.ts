import { Buffer } from 'node:buffer';

const NOTHING = Buffer.alloc(0);

/**
 * GrowingBuffer gathers bytes that belong together, in however small pieces their sender gives them away: joining all
 * of them anew for each piece would let a few bytes of a workspace keep everybody waiting.
 *
 * INVARIANT: the copies of a byte do not depend on how many pieces there are.
 */
export class GrowingBuffer {
  #room = NOTHING;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was gathered so far; valid until more comes. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#room.length) {
      const larger = Buffer.allocUnsafe(2 * length);
      larger.set(this.bytes);
      this.#room = larger;
    }
    this.#room.set(piece, this.#length);
    this.#length = length;
  }

  /** Hands all over, and begins anew. */
  take(): Buffer {
    const taken = this.bytes;
    this.#room = NOTHING;
    this.#length = 0;
    return taken;
  }
}
