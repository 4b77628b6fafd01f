import { Buffer } from 'node:buffer';
import { INITIAL_WINDOW_BYTES } from './receive-window.ts';

const MAX_CREDIT_BYTES = 0x7fffffff;
/** Writes up to this size are copied and confirmed at once, so that a tick's small writes share a frame. */
const SMALL_WRITE_BYTES = 2 * 1024;
const MAX_SMALL_BYTES = 64 * 1024;

type Callback = (error?: Error | null) => void;

/** StreamOutbox holds what one stream has to send, and how much the peer lets it send. */
export class StreamOutbox {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #creditBytes = INITIAL_WINDOW_BYTES;
  /** How often something was given to the transport that it has not sent yet. */
  #sendingCount = 0;
  #written: Callback | undefined;
  #end: Uint8Array | undefined;
  #ended: Callback | undefined;

  addCredit(bytes: number): boolean {
    this.#creditBytes += bytes;
    return bytes > 0 && this.#creditBytes <= MAX_CREDIT_BYTES;
  }

  add(chunks: readonly Uint8Array[], written: Callback): void {
    let added = 0;
    for (const chunk of chunks) added += chunk.length;
    const copies = added <= SMALL_WRITE_BYTES && this.#bytes + added <= MAX_SMALL_BYTES;
    for (const chunk of chunks) {
      if (chunk.length > 0) this.#chunks.push(copies ? Buffer.from(chunk) : chunk);
    }
    this.#bytes += added;
    if (copies) written();
    else this.#written = written;
  }

  finish(end: Uint8Array, ended: Callback): void {
    this.#end = end;
    this.#ended = ended;
  }

  hasMore(): boolean {
    if (this.#bytes > 0) return this.#creditBytes > 0;
    return this.#end !== undefined;
  }

  /** Moves at most `maxBytes` into `parts`, within the credit; returns how many. */
  take(parts: Uint8Array[], maxBytes: number): number {
    const bytes = Math.min(maxBytes, this.#creditBytes, this.#bytes);
    let missing = bytes;
    let used = 0;
    for (const chunk of this.#chunks) {
      if (missing === 0) break;
      if (chunk.length > missing) {
        parts.push(chunk.subarray(0, missing));
        this.#chunks[used] = chunk.subarray(missing);
        break;
      }
      parts.push(chunk);
      missing -= chunk.length;
      used += 1;
    }
    if (used > 0) this.#chunks.splice(0, used);
    this.#bytes -= bytes;
    this.#creditBytes -= bytes;
    return bytes;
  }

  /** The END frame, once all bytes before it were taken. */
  takeEnd(): Uint8Array | undefined {
    if (this.#bytes > 0) return undefined;
    const end = this.#end;
    this.#end = undefined;
    return end;
  }

  beginSending(): void {
    this.#sendingCount += 1;
  }

  /** Lets the writer go on once all that it wrote was sent. */
  endSending(): void {
    this.#sendingCount -= 1;
    if (this.#bytes > 0 || this.#sendingCount > 0) return;
    const { written, ended } = { written: this.#written, ended: this.#ended };
    this.#written = undefined;
    written?.();
    if (this.#end || !ended) return;
    this.#ended = undefined;
    ended();
  }

  discard(error: Error): void {
    this.#chunks = [];
    this.#bytes = 0;
    this.#end = undefined;
    const { written, ended } = { written: this.#written, ended: this.#ended };
    this.#written = undefined;
    this.#ended = undefined;
    written?.(error);
    ended?.(error);
  }
}
