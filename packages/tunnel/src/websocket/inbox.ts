import { Buffer } from 'node:buffer';
import { TunnelError } from '../types.ts';

const MAX_EARLY_BYTES = 128 * 1024;
/** What holding one more piece costs beside its bytes. */
const EARLY_PIECE_BYTES = 128;

type Handler<T> = (arrived: T) => void;

/** Inbox hands what arrives to its handlers; until they are set it keeps it, within a bound. */
export class Inbox {
  #onText: Handler<string> | undefined;
  #onBytes: Handler<Uint8Array> | undefined;
  #earlyTexts: string[] = [];
  #earlyPieces: Buffer[] = [];
  #earlyBytes = 0;

  onText(handler: Handler<string>): void {
    this.#onText = handler;
    const texts = this.#earlyTexts;
    this.#earlyTexts = [];
    for (const text of texts) handler(text);
  }

  onBytes(handler: Handler<Uint8Array>): void {
    this.#onBytes = handler;
    const pieces = this.#earlyPieces;
    this.#earlyPieces = [];
    for (const piece of pieces) handler(piece);
  }

  addText(text: string): void {
    if (this.#onText) return this.#onText(text);
    this.#countEarly(text.length);
    this.#earlyTexts.push(text);
  }

  /** The piece is valid during the call only. */
  addBytes(piece: Uint8Array): void {
    if (this.#onBytes) return this.#onBytes(piece);
    this.#countEarly(piece.length);
    this.#earlyPieces.push(Buffer.from(piece));
  }

  #countEarly(bytes: number): void {
    this.#earlyBytes += bytes + EARLY_PIECE_BYTES;
    if (this.#earlyBytes <= MAX_EARLY_BYTES) return;
    throw new TunnelError('protocol_error', 'Too much arrived that nobody takes');
  }
}
