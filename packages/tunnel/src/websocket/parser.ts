import { Buffer } from 'node:buffer';
import { TunnelError } from '../types.ts';
import { OPCODE } from './frames.ts';
import { maskInPlace } from './mask.ts';

const MAX_CONTROL_BYTES = 125;
const LARGEST_HEADER_BYTES = 14;
const MASK_BYTES = 4;

export const CLOSE = {
  normal: 1000,
  protocolError: 1002,
  noStatus: 1005,
  invalidText: 1007,
  policyViolation: 1008,
  tooLarge: 1009,
} as const;

export interface WebSocketParserHandlers {
  onText(text: string): void;
  /** A piece of a binary message, valid during the call. */
  onBytes(piece: Uint8Array): void;
  onPing(payload: Uint8Array): void;
  onClose(code: number, reason: string): void;
}

export interface WebSocketParserOptions {
  /** Clients mask what they send, servers don't. */
  readonly isMasked: boolean;
  readonly maxTextBytes: number;
}

/** WebSocketError is what a peer did that RFC 6455 forbids, and the code that it is closed with. */
export class WebSocketError extends TunnelError {
  readonly closeCode: number;

  constructor(message: string, closeCode: number = CLOSE.protocolError) {
    super('websocket_error', message);
    this.closeCode = closeCode;
  }
}

/**
 * WebSocketParser reads frames from chunks that are cut anywhere. Binary messages are handed on as
 * they arrive, however long they are: what they carry has limits of its own.
 */
export class WebSocketParser {
  readonly #handlers: WebSocketParserHandlers;
  readonly #options: WebSocketParserOptions;
  readonly #header = Buffer.alloc(LARGEST_HEADER_BYTES);
  readonly #control = Buffer.alloc(MAX_CONTROL_BYTES);
  #headerFilled = 0;
  /** Undefined between frames. */
  #opcode: number | undefined;
  /** What the first frame of an unfinished message said it is. */
  #messageOpcode: number | undefined;
  #payloadBytes = 0;
  #takenBytes = 0;
  #mask = 0;
  #isOver = false;
  #text: Buffer | undefined;
  #textBytes = 0;

  constructor(options: WebSocketParserOptions, handlers: WebSocketParserHandlers) {
    this.#options = options;
    this.#handlers = handlers;
  }

  /** Unmasks in place; takes nothing after a close frame. Throws WebSocketError. */
  feed(chunk: Uint8Array): void {
    for (let offset = 0; offset < chunk.length && !this.#isOver;) {
      const isHeader = this.#opcode === undefined;
      const wanted = isHeader ? this.#missingHeader() : this.#payloadBytes - this.#takenBytes;
      const part = chunk.subarray(offset, offset + wanted);
      offset += part.length;
      if (isHeader) this.#takeHeader(part);
      else this.#takePayload(part);
    }
  }

  #missingHeader(): number {
    const isStarted = this.#headerFilled >= 2;
    return (isStarted ? this.#headerBytes() : 2) - this.#headerFilled;
  }

  #headerBytes(): number {
    const short = this.#shortLength;
    const extended = short < 126 ? 0 : short === 126 ? 2 : 8;
    return 2 + extended + (this.#options.isMasked ? MASK_BYTES : 0);
  }

  get #shortLength(): number {
    return this.#header.readUInt8(1) & 0x7f;
  }

  get #isFinal(): boolean {
    return (this.#header.readUInt8(0) & 0x80) !== 0;
  }

  #takeHeader(part: Uint8Array): void {
    this.#header.set(part, this.#headerFilled);
    this.#headerFilled += part.length;
    if (this.#headerFilled === 2) this.#checkStart();
    if (this.#headerFilled >= 2 && this.#headerFilled === this.#headerBytes()) this.#beginFrame();
  }

  #checkStart(): void {
    const start = this.#header.readUInt8(0);
    const opcode = start & 0x0f;
    if ((start & 0x70) !== 0) throw new WebSocketError('Reserved bit is set');
    const isMasked = (this.#header.readUInt8(1) & 0x80) !== 0;
    if (isMasked !== this.#options.isMasked) {
      throw new WebSocketError(isMasked ? 'Frame is masked' : 'Frame is not masked');
    }
    if (opcode > OPCODE.pong || (opcode > OPCODE.binary && opcode < OPCODE.close)) {
      throw new WebSocketError(`Unknown opcode ${opcode}`);
    }
    if (opcode >= OPCODE.close) return this.#checkControl();
    const continues = opcode === OPCODE.continuation;
    if (continues !== (this.#messageOpcode !== undefined)) {
      throw new WebSocketError('Fragments are out of order');
    }
  }

  #checkControl(): void {
    if (this.#isFinal && this.#shortLength <= MAX_CONTROL_BYTES) return;
    throw new WebSocketError('Control frame is fragmented or too long');
  }

  #beginFrame(): void {
    const opcode = this.#header.readUInt8(0) & 0x0f;
    this.#payloadBytes = this.#readLength();
    this.#takenBytes = 0;
    if (this.#options.isMasked)
      this.#mask = this.#header.readInt32BE(this.#headerFilled - MASK_BYTES);
    this.#headerFilled = 0;
    this.#opcode = opcode;
    if (opcode < OPCODE.close) this.#messageOpcode ??= opcode;
    if (this.#isText && this.#textBytes + this.#payloadBytes > this.#options.maxTextBytes) {
      throw new WebSocketError('Text is too long', CLOSE.tooLarge);
    }
    if (this.#payloadBytes === 0) this.#endFrame(opcode);
  }

  #readLength(): number {
    const short = this.#shortLength;
    if (short < 126) return short;
    if (short === 126) return this.#header.readUInt16BE(2);
    const length = this.#header.readBigUInt64BE(2);
    if (length <= Number.MAX_SAFE_INTEGER) return Number(length);
    throw new WebSocketError('Frame is too long', CLOSE.tooLarge);
  }

  /** The frame belongs to a text message; control frames may come between its fragments. */
  get #isText(): boolean {
    return (
      this.#opcode !== undefined &&
      this.#opcode < OPCODE.close &&
      this.#messageOpcode === OPCODE.text
    );
  }

  #takePayload(part: Uint8Array): void {
    const opcode = this.#opcode ?? OPCODE.binary;
    if (this.#options.isMasked) maskInPlace(part, this.#mask, this.#takenBytes);
    const offset = this.#takenBytes;
    this.#takenBytes += part.length;
    if (opcode >= OPCODE.close) this.#control.set(part, offset);
    else if (this.#isText) this.#addText(part);
    else this.#handlers.onBytes(part);
    if (this.#takenBytes === this.#payloadBytes) this.#endFrame(opcode);
  }

  #addText(part: Uint8Array): void {
    this.#text ??= Buffer.allocUnsafe(this.#options.maxTextBytes);
    this.#text.set(part, this.#textBytes);
    this.#textBytes += part.length;
  }

  #endFrame(opcode: number): void {
    this.#opcode = undefined;
    if (opcode >= OPCODE.close) return this.#endControl(opcode);
    if (!this.#isFinal) return;
    const isText = this.#messageOpcode === OPCODE.text;
    this.#messageOpcode = undefined;
    if (isText) this.#endText();
  }

  #endText(): void {
    const text = decodeText(this.#text?.subarray(0, this.#textBytes));
    this.#text = undefined;
    this.#textBytes = 0;
    this.#handlers.onText(text);
  }

  #endControl(opcode: number): void {
    const payload = this.#control.subarray(0, this.#payloadBytes);
    if (opcode === OPCODE.ping) this.#handlers.onPing(payload);
    if (opcode !== OPCODE.close) return;
    this.#isOver = true;
    if (payload.length === 0) return this.#handlers.onClose(CLOSE.noStatus, '');
    const code = payload.length === 1 ? 0 : payload.readUInt16BE(0);
    if (!isCloseCode(code)) throw new WebSocketError('Close code is not valid');
    this.#handlers.onClose(code, decodeText(payload.subarray(2)));
  }
}

function isCloseCode(code: number): boolean {
  const isReserved = code === 1004 || code === 1005 || code === 1006;
  return (code >= 1000 && code <= 1014 && !isReserved) || (code >= 3000 && code <= 4999);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array = new Uint8Array(0)): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new WebSocketError('Text is not UTF-8', CLOSE.invalidText);
  }
}
