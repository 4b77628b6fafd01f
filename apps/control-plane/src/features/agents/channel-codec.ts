const HEADER_BYTES = 5;

/** encodeChannel puts bytes into a channel of a stream's body: `u8 channel ‖ u32be length ‖ bytes`. */
export function encodeChannel(channel: number, bytes: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + bytes.length);
  frame.writeUInt8(channel, 0);
  frame.writeUInt32BE(bytes.length, 1);
  frame.set(bytes, HEADER_BYTES);
  return frame;
}

/** ChannelDecoder takes channels apart again; a frame's bytes are handed on as they arrive, never collected. */
export class ChannelDecoder {
  readonly #onBytes: (channel: number, bytes: Buffer) => void;
  #header: Buffer = Buffer.alloc(0);
  #channel = 0;
  #missingBytes = 0;

  constructor(onBytes: (channel: number, bytes: Buffer) => void) {
    this.#onBytes = onBytes;
  }

  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0)
      rest = this.#missingBytes > 0 ? this.#takeBytes(rest) : this.#takeHeader(rest);
  }

  #takeBytes(chunk: Buffer): Buffer {
    const bytes = chunk.subarray(0, this.#missingBytes);
    this.#missingBytes -= bytes.length;
    this.#onBytes(this.#channel, bytes);
    return chunk.subarray(bytes.length);
  }

  #takeHeader(chunk: Buffer): Buffer {
    const needed = HEADER_BYTES - this.#header.length;
    this.#header = Buffer.concat([this.#header, chunk.subarray(0, needed)]);
    if (this.#header.length === HEADER_BYTES) {
      this.#channel = this.#header.readUInt8(0);
      this.#missingBytes = this.#header.readUInt32BE(1);
      this.#header = Buffer.alloc(0);
    }
    return chunk.subarray(needed);
  }
}
