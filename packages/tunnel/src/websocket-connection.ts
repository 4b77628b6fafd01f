import { Buffer } from 'node:buffer';
import { randomFillSync } from 'node:crypto';
import type { ByteSocket } from './byte-socket.ts';
import { TunnelError } from './types.ts';
import { maskedFrameBytes, OPCODE, writeMaskedFrame } from './websocket-frames.ts';
import { WebSocketParser } from './websocket-parser.ts';

/** Bytes that may wait in the socket before `send` says stop. */
const SEND_BUFFER_BYTES = 128 * 1024;
const POOLED_FRAME_BYTES = maskedFrameBytes(72 * 1024);
const POOL_SIZE = 4;
const MASK_POOL_WORDS = 256;
const CLOSE_TIMEOUT_MS = 2_000;
/** Messages that may arrive before their handler is set. */
const MAX_EARLY_MESSAGES = 256;
const CLOSE_NORMAL = 1000;
const CLOSE_PROTOCOL_ERROR = 1002;

export interface WebSocketConnection {
  sendText(text: string): boolean;
  /** Sends the parts, copied, as one message. False: stop until `onDrain`. */
  sendBinary(parts: readonly Uint8Array[]): boolean;
  onText(handler: (text: string) => void): void;
  onBinary(handler: (message: Uint8Array) => void): void;
  onDrain(handler: () => void): void;
  /** Called once, at once when it is closed already. */
  onClose(handler: (reason: string) => void): void;
  close(reason: string): void;
  /** 32 bytes that only the two ends of this TLS 1.3 connection know; undefined without TLS. */
  exportChannelBinding(): Buffer | undefined;
}

/** ClientConnection is an open WebSocket on a socket whose upgrade is done. */
export class ClientConnection implements WebSocketConnection {
  readonly #socket: ByteSocket;
  readonly #parser: WebSocketParser;
  readonly #pool: Buffer[] = [];
  readonly #masks = new Uint32Array(MASK_POOL_WORDS);
  #nextMask = MASK_POOL_WORDS;
  #early: { data: Buffer; isBinary: boolean }[] = [];
  #onText: ((text: string) => void) | undefined;
  #onBinary: ((message: Uint8Array) => void) | undefined;
  #onDrain: (() => void) | undefined;
  #onClose: ((reason: string) => void) | undefined;
  #needsDrain = false;
  #closeSent = false;
  #pongBlocked = false;
  #closeReason: string | undefined;
  #closedBecause: string | undefined;

  constructor(socket: ByteSocket, maxMessageBytes: number) {
    this.#socket = socket;
    this.#parser = new WebSocketParser(maxMessageBytes, {
      onMessage: (data, isBinary) => this.#receive(data, isBinary),
      onControl: (opcode, payload) => this.#receiveControl(opcode, payload),
    });
  }

  /** Takes bytes of the socket; the chunk may be reused afterwards. */
  feed(chunk: Uint8Array): void {
    if (this.#closedBecause !== undefined) return;
    try {
      this.#parser.feed(chunk);
    } catch (error) {
      if (!(error instanceof TunnelError)) throw error;
      this.#closeReason ??= error.message;
      this.#sendClose(CLOSE_PROTOCOL_ERROR);
      this.#socket.destroy();
    }
  }

  /** The socket is gone. */
  lost(reason?: string): void {
    this.#closedBecause = this.#closeReason ?? reason ?? 'connection lost';
    this.#onClose?.(this.#closedBecause);
  }

  sendText(text: string): boolean {
    return this.#send(OPCODE.text, [Buffer.from(text)]);
  }

  sendBinary(parts: readonly Uint8Array[]): boolean {
    return this.#send(OPCODE.binary, parts);
  }

  onText(handler: (text: string) => void): void {
    this.#onText = handler;
    this.#deliverEarly();
  }

  onBinary(handler: (message: Uint8Array) => void): void {
    this.#onBinary = handler;
    this.#deliverEarly();
  }

  onDrain(handler: () => void): void {
    this.#onDrain = handler;
  }

  onClose(handler: (reason: string) => void): void {
    this.#onClose = handler;
    if (this.#closedBecause !== undefined) handler(this.#closedBecause);
  }

  close(reason: string): void {
    this.#closeReason ??= reason;
    this.#sendClose(CLOSE_NORMAL);
    setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT_MS).unref();
  }

  exportChannelBinding(): Buffer | undefined {
    return this.#socket.exportKeyingMaterial();
  }

  #send(opcode: number, parts: readonly Uint8Array[]): boolean {
    if (this.#closeSent || this.#closedBecause !== undefined) return false;
    let byteLength = 0;
    for (const part of parts) byteLength += part.length;
    const buffer = this.#takeBuffer(maskedFrameBytes(byteLength));
    const frame = writeMaskedFrame(buffer, { opcode, parts, byteLength, mask: this.#takeMask() });
    this.#socket.write(buffer.subarray(frame.start, frame.end), () => this.#afterWrite(buffer));
    this.#needsDrain ||= this.#socket.bufferedBytes >= SEND_BUFFER_BYTES;
    return !this.#needsDrain;
  }

  #afterWrite(buffer: Buffer): void {
    const fits = buffer.length === POOLED_FRAME_BYTES && this.#pool.length < POOL_SIZE;
    if (fits) this.#pool.push(buffer);
    this.#pongBlocked = false;
    if (!this.#needsDrain || this.#socket.bufferedBytes * 2 >= SEND_BUFFER_BYTES) return;
    this.#needsDrain = false;
    this.#onDrain?.();
  }

  /** Large frames share few buffers: fresh ones would leave the agent's memory to the collector. */
  #takeBuffer(bytes: number): Buffer {
    const isPooled = bytes <= POOLED_FRAME_BYTES && bytes * 4 > POOLED_FRAME_BYTES;
    if (!isPooled) return Buffer.allocUnsafeSlow(bytes);
    return this.#pool.pop() ?? Buffer.allocUnsafeSlow(POOLED_FRAME_BYTES);
  }

  #takeMask(): number {
    if (this.#nextMask === MASK_POOL_WORDS) {
      randomFillSync(this.#masks);
      this.#nextMask = 0;
    }
    const mask = this.#masks[this.#nextMask] ?? 0;
    this.#nextMask += 1;
    return mask;
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary && this.#onBinary) return this.#onBinary(data);
    if (!isBinary && this.#onText) return this.#onText(data.toString());
    if (this.#early.length >= MAX_EARLY_MESSAGES) {
      throw new TunnelError('websocket_error', 'Too many messages that nobody takes');
    }
    this.#early.push({ data, isBinary });
  }

  #deliverEarly(): void {
    const early = this.#early;
    this.#early = [];
    for (const { data, isBinary } of early) this.#receive(data, isBinary);
  }

  #receiveControl(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) {
      // A flood of pings while we cannot write gets one answer, not a queue of them.
      if (this.#pongBlocked) return;
      this.#pongBlocked = this.#needsDrain;
      this.#send(OPCODE.pong, [payload]);
    } else if (opcode === OPCODE.close) {
      this.#closeReason ??= payload.subarray(2).toString() || 'closed by the peer';
      this.#sendClose(CLOSE_NORMAL);
      this.#socket.end();
    }
  }

  #sendClose(code: number): void {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.#send(OPCODE.close, [payload]);
    this.#closeSent = true;
  }
}
