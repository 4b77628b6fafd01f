import type { Picture } from './picture.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Length, type and checksum. */
const CHUNK_EXTRA_BYTES = 12;
/** What programs write about the picture, not what one sees. */
const TOLD = new Set(['tEXt', 'zTXt', 'iTXt', 'eXIf', 'tIME']);

/** readPng keeps all chunks but those that tell about the picture, and nothing after its end. */
export function readPng(file: Buffer): Picture | undefined {
  if (!file.subarray(0, SIGNATURE.length).equals(SIGNATURE)) return undefined;
  if (file.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  const kept: Buffer[] = [SIGNATURE];
  for (let at = SIGNATURE.length; ;) {
    const type = file.toString('latin1', at + 4, at + 8);
    const end = at + file.readUInt32BE(at) + CHUNK_EXTRA_BYTES;
    if (end > file.length) return undefined;
    if (!TOLD.has(type)) kept.push(file.subarray(at, end));
    if (type === 'IEND') break;
    at = end;
  }
  return {
    mediaType: 'image/png',
    width: file.readUInt32BE(16),
    height: file.readUInt32BE(20),
    bytes: Buffer.concat(kept),
  };
}
