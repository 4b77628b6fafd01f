import type { Buffer } from 'node:buffer';

export const OPCODE = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

const MAX_HEADER_BYTES = 14;
const MASK_BYTES = 4;
const WORD_BYTES = 4;
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** One final, masked frame: `buffer` holds it from `start`; `buffer` may be reused once it was sent. */
export interface MaskedFrame {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

export interface FrameContent {
  readonly opcode: number;
  readonly parts: readonly Uint8Array[];
  readonly byteLength: number;
  /** Unpredictable, 32 bits. */
  readonly mask: number;
}

export function maskedFrameBytes(byteLength: number): number {
  return MAX_HEADER_BYTES + 2 + byteLength + WORD_BYTES;
}

/**
 * Writes a client frame into `buffer`, which must be word-aligned and have `maskedFrameBytes`.
 * The payload starts on a word, so that masking is one XOR per four bytes.
 */
export function writeMaskedFrame(buffer: Buffer, content: FrameContent): MaskedFrame {
  const { opcode, parts, byteLength, mask } = content;
  const payloadStart = MAX_HEADER_BYTES + 2;
  const start = payloadStart - headerBytes(byteLength);
  buffer[start] = 0x80 | opcode;
  writeLength(buffer, start + 1, byteLength);
  buffer.writeUInt32BE(mask, payloadStart - MASK_BYTES);
  let offset = payloadStart;
  for (const part of parts) {
    buffer.set(part, offset);
    offset += part.length;
  }
  maskWords(buffer, payloadStart, { byteLength, mask });
  return { buffer, start, end: offset };
}

function headerBytes(byteLength: number): number {
  if (byteLength < 126) return 2 + MASK_BYTES;
  return (byteLength <= 0xffff ? 4 : 10) + MASK_BYTES;
}

function writeLength(buffer: Buffer, offset: number, byteLength: number): void {
  if (byteLength < 126) {
    buffer[offset] = 0x80 | byteLength;
  } else if (byteLength <= 0xffff) {
    buffer[offset] = 0x80 | 126;
    buffer.writeUInt16BE(byteLength, offset + 1);
  } else {
    buffer[offset] = 0x80 | 127;
    buffer.writeBigUInt64BE(BigInt(byteLength), offset + 1);
  }
}

/** Masks whole words; up to three bytes behind the payload are scrambled too and never sent. */
function maskWords(
  buffer: Buffer,
  start: number,
  { byteLength, mask }: Pick<FrameContent, 'byteLength' | 'mask'>,
): void {
  const count = Math.ceil(byteLength / WORD_BYTES);
  const words = new Int32Array(buffer.buffer, buffer.byteOffset + start, count);
  const key = isLittleEndian ? swapBytes(mask) : mask;
  for (let index = 0; index < count; index += 1) words[index] = (words[index] ?? 0) ^ key;
}

function swapBytes(word: number): number {
  return (
    ((word & 0xff) << 24) |
    ((word & 0xff00) << 8) |
    ((word >>> 8) & 0xff00) |
    ((word >>> 24) & 0xff)
  );
}
