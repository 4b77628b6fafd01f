import type { Picture } from './picture.ts';

const SIGNATURE = /^GIF8[79]a$/;
const TRAILER = 0x3b;

/** readGif takes a file as it is: cameras write none. */
export function readGif(file: Buffer): Picture | undefined {
  if (!SIGNATURE.test(file.toString('latin1', 0, 6))) return undefined;
  if (file.at(-1) !== TRAILER) return undefined;
  return {
    mediaType: 'image/gif',
    width: file.readUInt16LE(6),
    height: file.readUInt16LE(8),
    bytes: file,
  };
}
