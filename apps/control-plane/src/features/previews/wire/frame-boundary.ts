const SHORT_HEADER_BYTES = 2;
const MASK_BYTES = 4;
/** Bytes of the length that follows the header, by what the header has in its place. */
const LONG_LENGTHS: Readonly<Record<number, number>> = { 126: 2, 127: 8 };

/** FrameBoundary follows the frames of one direction of a WebSocket (RFC 6455, 5.2), and keeps none. */
export class FrameBoundary {
  readonly #header: number[] = [];
  #payloadLeft = 0;

  /** True: a frame of one's own can go in here. */
  get isBetweenFrames(): boolean {
    return this.#payloadLeft === 0 && this.#header.length === 0;
  }

  feed(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const payload = Math.min(this.#payloadLeft, chunk.length - at);
      this.#payloadLeft -= payload;
      at += payload;
      if (at < chunk.length) {
        this.#header.push(chunk[at] ?? 0);
        at += 1;
        this.#readHeader();
      }
    }
  }

  #readHeader(): void {
    const second = this.#header[1];
    if (second === undefined) return;
    const longBytes = LONG_LENGTHS[second & 0x7f] ?? 0;
    const maskBytes = (second & 0x80) === 0 ? 0 : MASK_BYTES;
    if (this.#header.length < SHORT_HEADER_BYTES + longBytes + maskBytes) return;
    const length = this.#header
      .slice(SHORT_HEADER_BYTES, SHORT_HEADER_BYTES + longBytes)
      .reduce((sum, byte) => sum * 256 + byte, 0);
    this.#payloadLeft = longBytes === 0 ? second & 0x7f : length;
    this.#header.length = 0;
  }
}
