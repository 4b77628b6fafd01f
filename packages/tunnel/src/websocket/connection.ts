import { Buffer } from 'node:buffer';
import { randomFillSync } from 'node:crypto';
import type { ByteSocket } from './byte-socket.ts';
import { MAX_TEXT_LENGTH } from '../message-port.ts';
import { SocketConnection } from './socket-connection.ts';
import type { TunnelError } from '../types.ts';
import {
  encodeFrameHeader,
  encodeUnmaskedHeader,
  maskedFrameBytes,
  OPCODE,
  writeMaskedFrame,
} from './frames.ts';
import { CLOSE, WebSocketError, WebSocketParser } from './parser.ts';

const POOLED_FRAME_BYTES = maskedFrameBytes(72 * 1024);
const POOL_SIZE = 4;
const MASK_POOL_WORDS = 256;
const MAX_CLOSE_REASON_BYTES = 123;

/** WebSocketConnection is either end of a WebSocket on a socket whose upgrade is done. */
export class WebSocketConnection extends SocketConnection {
  readonly lendsChunks: boolean;
  readonly #isClient: boolean;
  readonly #isMasking: boolean;
  readonly #parser: WebSocketParser;
  readonly #pool: Buffer[] = [];
  readonly #masks = new Uint32Array(MASK_POOL_WORDS);
  #nextMask = MASK_POOL_WORDS;
  #pongBlocked = false;

  /**
   * A server's socket must give away its chunks, since they are unmasked in place. A client that sends nothing but what
   * is encrypted need not mask it: nobody chooses what is on the wire.
   */
  constructor(socket: ByteSocket, role: 'client' | 'server', { isSealed = false } = {}) {
    super(socket);
    this.#isClient = role === 'client';
    this.#isMasking = this.#isClient && !isSealed;
    this.lendsChunks = this.#isClient;
    this.#parser = new WebSocketParser(
      { isMasked: !this.#isClient, maxTextBytes: MAX_TEXT_LENGTH },
      {
        onText: (text) => this.inbox.addText(text),
        onBytes: (piece) => this.inbox.addBytes(piece),
        onPing: (payload) => this.#answerPing(payload),
        onClose: (_code, reason) => this.closedByPeer(reason || 'closed by the peer'),
      },
    );
  }

  sendText(text: string): boolean {
    return this.#send(OPCODE.text, [Buffer.from(text)]);
  }

  send(parts: readonly Uint8Array[], sent?: () => void): boolean {
    return this.#send(OPCODE.binary, parts, sent);
  }

  protected take(chunk: Uint8Array): void {
    this.#parser.feed(chunk);
  }

  protected sayClose(reason: string, error?: TunnelError): void {
    const code = error ? closeCodeOf(error) : CLOSE.normal;
    const payload = Buffer.concat([Buffer.alloc(2), cut(reason)]);
    payload.writeUInt16BE(code);
    this.#send(OPCODE.close, [payload]);
  }

  /** A flood of pings while we cannot write gets one answer, not a queue of them. */
  #answerPing(payload: Uint8Array): void {
    if (this.#pongBlocked) return;
    this.#pongBlocked = this.isBlocked;
    this.#send(OPCODE.pong, [Buffer.from(payload)], () => (this.#pongBlocked = false));
  }

  #send(opcode: number, parts: readonly Uint8Array[], sent?: () => void): boolean {
    if (this.isClosing) return false;
    let byteLength = 0;
    for (const part of parts) byteLength += part.length;
    if (this.#isMasking) return this.#sendMasked({ opcode, parts, byteLength }, sent);
    const encodeHeader = this.#isClient ? encodeUnmaskedHeader : encodeFrameHeader;
    return this.write([encodeHeader({ opcode, byteLength }), ...parts], sent);
  }

  #sendMasked(
    content: { opcode: number; parts: readonly Uint8Array[]; byteLength: number },
    sent?: () => void,
  ): boolean {
    const buffer = this.#takeBuffer(maskedFrameBytes(content.byteLength));
    const frame = writeMaskedFrame(buffer, { ...content, mask: this.#takeMask() });
    return this.write([frame], () => {
      if (buffer.length === POOLED_FRAME_BYTES && this.#pool.length < POOL_SIZE) {
        this.#pool.push(buffer);
      }
      sent?.();
    });
  }

  /** Large frames share few buffers: fresh ones would leave the agent's memory to the collector. */
  #takeBuffer(bytes: number): Buffer {
    const isPooled = bytes <= POOLED_FRAME_BYTES && bytes * 4 > POOLED_FRAME_BYTES;
    if (!isPooled) return Buffer.allocUnsafe(bytes);
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
}

function closeCodeOf(error: TunnelError): number {
  if (error instanceof WebSocketError) return error.closeCode;
  return error.code === 'not_permitted' ? CLOSE.policyViolation : CLOSE.protocolError;
}

function cut(reason: string): Buffer {
  const text = Buffer.from(reason).subarray(0, MAX_CLOSE_REASON_BYTES).toString();
  return Buffer.from(text.replace(/\uFFFD+$/, ''));
}
