const EXIF_HEAD = Buffer.from('Exif\0\0', 'latin1');
const ORIENTATION = 0x0112;
const ENTRY_BYTES = 12;
const LITTLE_ENDIAN = 'II';

/** orientationIn is which side of a photograph is up, 1 to 8, in a segment of Exif; undefined where it does not say. */
export function orientationIn(segment: Buffer): number | undefined {
  if (!segment.subarray(0, EXIF_HEAD.length).equals(EXIF_HEAD)) return undefined;
  const tiff = segment.subarray(EXIF_HEAD.length);
  if (tiff.length < 8) return undefined;
  const isLittle = tiff.toString('latin1', 0, 2) === LITTLE_ENDIAN;
  const read16 = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (directory + 2 > tiff.length) return undefined;
  const count = read16(directory);
  for (let index = 0; index < count; index++) {
    const entry = directory + 2 + index * ENTRY_BYTES;
    if (entry + ENTRY_BYTES > tiff.length) return undefined;
    if (read16(entry) !== ORIENTATION) continue;
    const value = read16(entry + 8);
    return value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}

/** orientationSegment is a segment of Exif that says which side is up, and nothing else. */
export function orientationSegment(orientation: number): Buffer {
  const entry = Buffer.alloc(ENTRY_BYTES);
  entry.writeUInt16BE(ORIENTATION, 0);
  // One number of 16 bits.
  entry.writeUInt16BE(3, 2);
  entry.writeUInt32BE(1, 4);
  entry.writeUInt16BE(orientation, 8);
  const tiff = Buffer.concat([
    Buffer.from('MM\0*\0\0\0\b\0\x01', 'latin1'),
    entry,
    // No further directory.
    Buffer.alloc(4),
  ]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(2 + EXIF_HEAD.length + tiff.length, 2);
  return Buffer.concat([head, EXIF_HEAD, tiff]);
}
