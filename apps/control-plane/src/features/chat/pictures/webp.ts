import type { Picture } from './picture.ts';

const HEAD_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
const TOLD = new Set(['EXIF', 'XMP ']);
/** In the first byte of VP8X: that EXIF and XMP follow. */
const TOLD_FLAGS = 0b0000_1100;
const LOSSLESS_SIGNATURE = 0x2f;

type Size = Pick<Picture, 'width' | 'height'>;

/** Of the three ways in which a file may begin. */
function sizeIn(type: string, data: Buffer): Size | undefined {
  if (type === 'VP8X')
    return { width: data.readUIntLE(4, 3) + 1, height: data.readUIntLE(7, 3) + 1 };
  if (type === 'VP8 ') {
    if (data.readUIntBE(3, 3) !== 0x9d012a) return undefined;
    return { width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff };
  }
  if (type !== 'VP8L' || data.readUInt8(0) !== LOSSLESS_SIGNATURE) return undefined;
  const bits = data.readUInt32LE(1);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

function withoutFlags(chunk: Buffer): Buffer {
  const copy = Buffer.from(chunk);
  copy.writeUInt8(copy.readUInt8(CHUNK_HEAD_BYTES) & ~TOLD_FLAGS, CHUNK_HEAD_BYTES);
  return copy;
}

/** readWebp keeps all chunks but those that tell about the picture, and nothing after its end. */
export function readWebp(file: Buffer): Picture | undefined {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WEBP')
    return undefined;
  const end = CHUNK_HEAD_BYTES + file.readUInt32LE(4);
  if (end > file.length) return undefined;
  const kept: Buffer[] = [];
  let size: Size | undefined;
  for (let at = HEAD_BYTES; at + CHUNK_HEAD_BYTES <= end;) {
    const type = file.toString('latin1', at, at + 4);
    const length = file.readUInt32LE(at + 4);
    // Chunks begin at even positions.
    const next = at + CHUNK_HEAD_BYTES + length + (length % 2);
    if (next > end) return undefined;
    const chunk = file.subarray(at, next);
    size ??= sizeIn(type, chunk.subarray(CHUNK_HEAD_BYTES));
    if (!TOLD.has(type)) kept.push(type === 'VP8X' ? withoutFlags(chunk) : chunk);
    at = next;
  }
  if (!size) return undefined;
  const chunks = Buffer.concat(kept);
  const head = Buffer.from(file.subarray(0, HEAD_BYTES));
  head.writeUInt32LE(chunks.length + HEAD_BYTES - CHUNK_HEAD_BYTES, 4);
  return { mediaType: 'image/webp', ...size, bytes: Buffer.concat([head, chunks]) };
}
