import { Buffer } from 'node:buffer';
import { maskInPlace } from './mask.ts';

export const OPCODE = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

const MASK_BYTES = 4;
/** The longest header and its mask, rounded up, so that a payload behind it starts on a word. */
const RESERVED_BYTES = 16;

/** What one final frame carries. */
export interface FrameContent {
  readonly opcode: number;
  readonly byteLength: number;
}

export interface MaskedContent extends FrameContent {
  readonly parts: readonly Uint8Array[];
  /** Unpredictable, 32 bits. */
  readonly mask: number;
}

/** encodeFrameHeader is what a server sends before a payload. */
export function encodeFrameHeader({ opcode, byteLength }: FrameContent): Buffer {
  const header = Buffer.allocUnsafe(headerBytes(byteLength));
  writeHeader(header, { opcode, byteLength, maskBit: 0 });
  return header;
}

/** encodeUnmaskedHeader is what a client sends before a payload whose mask changes nothing. */
export function encodeUnmaskedHeader({ opcode, byteLength }: FrameContent): Buffer {
  const header = Buffer.alloc(headerBytes(byteLength) + MASK_BYTES);
  writeHeader(header, { opcode, byteLength, maskBit: 0x80 });
  return header;
}

/** Room that a masked frame needs. */
export function maskedFrameBytes(byteLength: number): number {
  return RESERVED_BYTES + byteLength;
}

/** Writes a client's frame into `buffer`, which has `maskedFrameBytes`; answers the part to send. */
export function writeMaskedFrame(buffer: Buffer, content: MaskedContent): Buffer {
  const { opcode, byteLength, parts, mask } = content;
  const start = RESERVED_BYTES - MASK_BYTES - headerBytes(byteLength);
  writeHeader(buffer.subarray(start), { opcode, byteLength, maskBit: 0x80 });
  buffer.writeUInt32BE(mask >>> 0, RESERVED_BYTES - MASK_BYTES);
  let end = RESERVED_BYTES;
  for (const part of parts) {
    buffer.set(part, end);
    end += part.length;
  }
  maskInPlace(buffer.subarray(RESERVED_BYTES, end), mask, 0);
  return buffer.subarray(start, end);
}

function headerBytes(byteLength: number): number {
  if (byteLength < 126) return 2;
  return byteLength <= 0xffff ? 4 : 10;
}

function writeHeader(
  buffer: Buffer,
  { opcode, byteLength, maskBit }: FrameContent & { readonly maskBit: number },
): void {
  buffer[0] = 0x80 | opcode;
  if (byteLength < 126) {
    buffer[1] = maskBit | byteLength;
  } else if (byteLength <= 0xffff) {
    buffer[1] = maskBit | 126;
    buffer.writeUInt16BE(byteLength, 2);
  } else {
    buffer[1] = maskBit | 127;
    buffer.writeBigUInt64BE(BigInt(byteLength), 2);
  }
}
