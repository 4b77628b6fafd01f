import { Buffer } from 'node:buffer';
import { TunnelError } from './types.ts';
import { OPCODE } from './websocket-frames.ts';

const MAX_CONTROL_BYTES = 125;
const LARGEST_HEADER_BYTES = 10;

export interface WebSocketParserHandlers {
  /** The bytes belong to the receiver. */
  onMessage(data: Buffer, isBinary: boolean): void;
  onControl(opcode: number, payload: Buffer): void;
}

/**
 * WebSocketParser reads a server's frames from chunks that their owner reuses: it keeps copies only.
 * Throws TunnelError on what RFC 6455 forbids a server to send.
 */
export class WebSocketParser {
  readonly #handlers: WebSocketParserHandlers;
  readonly #maxMessageBytes: number;
  readonly #header = Buffer.alloc(LARGEST_HEADER_BYTES);
  #headerFilled = 0;
  #payload: Buffer | undefined;
  #payloadFilled = 0;
  /** Parts of a fragmented message, and what its first frame said it is. */
  #fragments: Buffer[] = [];
  #fragmentBytes = 0;
  #fragmentOpcode: number | undefined;

  constructor(maxMessageBytes: number, handlers: WebSocketParserHandlers) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#handlers = handlers;
  }

  feed(chunk: Uint8Array): void {
    let offset = 0;
    while (offset < chunk.length) {
      offset = this.#payload ? this.#fillPayload(chunk, offset) : this.#fillHeader(chunk, offset);
      if (this.#payload && this.#payloadFilled === this.#payload.length) this.#endFrame();
    }
  }

  #fillHeader(chunk: Uint8Array, start: number): number {
    let offset = start;
    while (offset < chunk.length) {
      this.#header[this.#headerFilled] = chunk[offset] ?? 0;
      this.#headerFilled += 1;
      offset += 1;
      if (this.#headerFilled === 2) this.#checkStart();
      if (this.#headerFilled >= 2 && this.#headerFilled === this.#headerLength()) {
        this.#beginPayload();
        return offset;
      }
    }
    return offset;
  }

  #fillPayload(chunk: Uint8Array, offset: number): number {
    const payload = this.#payload ?? Buffer.alloc(0);
    const part = chunk.subarray(offset, offset + payload.length - this.#payloadFilled);
    payload.set(part, this.#payloadFilled);
    this.#payloadFilled += part.length;
    return offset + part.length;
  }

  get #opcode(): number {
    return (this.#header[0] ?? 0) & 0x0f;
  }

  get #isFinal(): boolean {
    return ((this.#header[0] ?? 0) & 0x80) !== 0;
  }

  get #shortLength(): number {
    return (this.#header[1] ?? 0) & 0x7f;
  }

  #headerLength(): number {
    if (this.#shortLength === 127) return 10;
    return this.#shortLength === 126 ? 4 : 2;
  }

  #checkStart(): void {
    if (((this.#header[0] ?? 0) & 0x70) !== 0) throw violation('Reserved bit is set');
    if (((this.#header[1] ?? 0) & 0x80) !== 0) throw violation('Server frame is masked');
    if (this.#opcode >= 8) return this.#checkControl();
    if (this.#opcode > OPCODE.binary) throw violation(`Unknown opcode ${this.#opcode}`);
    const continues = this.#opcode === OPCODE.continuation;
    if (continues !== (this.#fragmentOpcode !== undefined)) {
      throw violation('Fragments are out of order');
    }
  }

  #checkControl(): void {
    if (this.#opcode > OPCODE.pong) throw violation(`Unknown opcode ${this.#opcode}`);
    if (!this.#isFinal || this.#shortLength > MAX_CONTROL_BYTES) {
      throw violation('Control frame is fragmented or too long');
    }
  }

  #beginPayload(): void {
    const length = this.#payloadLength();
    if (length + this.#fragmentBytes > this.#maxMessageBytes) {
      throw new TunnelError('too_large', `Message exceeds ${this.#maxMessageBytes} bytes`);
    }
    this.#payload = Buffer.allocUnsafeSlow(length);
    this.#payloadFilled = 0;
  }

  #payloadLength(): number {
    if (this.#shortLength === 126) return this.#header.readUInt16BE(2);
    if (this.#shortLength < 126) return this.#shortLength;
    return Number(this.#header.readBigUInt64BE(2));
  }

  #endFrame(): void {
    const payload = this.#payload ?? Buffer.alloc(0);
    this.#payload = undefined;
    this.#headerFilled = 0;
    if (this.#opcode >= 8) return this.#handlers.onControl(this.#opcode, payload);
    const opcode = this.#fragmentOpcode ?? this.#opcode;
    if (!this.#isFinal || this.#fragmentOpcode !== undefined) {
      this.#fragments.push(payload);
      this.#fragmentBytes += payload.length;
      this.#fragmentOpcode = opcode;
    }
    if (this.#isFinal) this.#endMessage(opcode, payload);
  }

  #endMessage(opcode: number, last: Buffer): void {
    const data = this.#fragments.length > 0 ? Buffer.concat(this.#fragments) : last;
    this.#fragments = [];
    this.#fragmentBytes = 0;
    this.#fragmentOpcode = undefined;
    this.#handlers.onMessage(data, opcode === OPCODE.binary);
  }
}

function violation(message: string): TunnelError {
  return new TunnelError('websocket_error', message);
}
