import { Buffer } from 'node:buffer';
import {
  checkHeader,
  type Frame,
  FRAME,
  FRAME_HEADER_BYTES,
  type FrameType,
} from './frame-codec.ts';

const NOTHING = new Uint8Array(0);

/**
 * FrameDecoder reads frames from chunks that are cut anywhere. A DATA frame is handed on piece by
 * piece as it arrives, every other frame once it is whole. Payloads are valid during the call.
 * Throws TunnelError on the first byte that breaks the protocol.
 */
export class FrameDecoder {
  readonly #visit: (frame: Frame) => void;
  readonly #header = Buffer.alloc(FRAME_HEADER_BYTES);
  #headerFilled = 0;
  #streamId = 0;
  /** Undefined between frames. */
  #type: FrameType | undefined;
  #missingBytes = 0;
  /** Room for a frame that arrives in more than one piece. */
  #payload: Buffer | undefined;

  constructor(visit: (frame: Frame) => void) {
    this.#visit = visit;
  }

  feed(chunk: Uint8Array): void {
    for (let offset = 0; offset < chunk.length;) {
      const type = this.#type;
      const wanted =
        type === undefined ? FRAME_HEADER_BYTES - this.#headerFilled : this.#missingBytes;
      const part = chunk.subarray(offset, offset + wanted);
      offset += part.length;
      if (type === undefined) this.#takeHeader(part);
      else this.#takePayload(type, part);
    }
  }

  #takeHeader(part: Uint8Array): void {
    this.#header.set(part, this.#headerFilled);
    this.#headerFilled += part.length;
    if (this.#headerFilled < FRAME_HEADER_BYTES) return;
    this.#headerFilled = 0;
    this.#streamId = this.#header.readUInt32BE(0);
    const typeAndLength = this.#header.readUInt32BE(4);
    this.#missingBytes = typeAndLength & 0xffffff;
    this.#type = checkHeader(this.#streamId, typeAndLength >>> 24, this.#missingBytes);
    if (this.#missingBytes === 0) this.#takePayload(this.#type, NOTHING);
  }

  #takePayload(type: FrameType, part: Uint8Array): void {
    this.#missingBytes -= part.length;
    const payload = type === FRAME.data ? part : this.#assemble(part);
    if (this.#missingBytes === 0) {
      this.#type = undefined;
      this.#payload = undefined;
    }
    if (payload) this.#visit({ streamId: this.#streamId, type, payload });
  }

  /** The payload, once it is whole. */
  #assemble(part: Uint8Array): Uint8Array | undefined {
    if (!this.#payload && this.#missingBytes === 0) return part;
    this.#payload ??= Buffer.allocUnsafeSlow(part.length + this.#missingBytes);
    this.#payload.set(part, this.#payload.length - this.#missingBytes - part.length);
    return this.#missingBytes === 0 ? this.#payload : undefined;
  }
}
