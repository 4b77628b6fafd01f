import { orientationIn, orientationSegment } from './exif-orientation.ts';
import type { Picture } from './picture.ts';

const START = 0xffd8;
const SCAN = 0xda;
const END = 0xd9;
const EXIF = 0xe1;
const MARKER = 0xff;
/** Marker and length. */
const HEAD_BYTES = 4;

/** Frames have the size; three codes between them mean something else. */
function isFrame(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}

/** Of cameras and programs: Exif, XMP, IPTC, comments. The profile of colours (E2) and Adobe's transform (EE) stay. */
function isTold(code: number): boolean {
  return code === 0xfe || (code >= 0xe1 && code <= 0xef && code !== 0xe2 && code !== 0xee);
}

/** The next marker after compressed data, in which zeros follow such a byte, or marks to start again from. */
function endOfScan(file: Buffer, from: number): number {
  for (let at = file.indexOf(MARKER, from); at !== -1; at = file.indexOf(MARKER, at + 1)) {
    const code = file.readUInt8(at + 1);
    if (code !== 0 && code !== MARKER && (code < 0xd0 || code > 0xd7)) return at;
  }
  return file.length;
}

/** readJpeg keeps what one sees, and from what the camera wrote only which side is up. */
export function readJpeg(file: Buffer): Picture | undefined {
  if (file.length < 4 || file.readUInt16BE(0) !== START) return undefined;
  const kept: Buffer[] = [file.subarray(0, 2)];
  let size: { width: number; height: number } | undefined;
  let orientation = 1;
  for (let at = 2; ;) {
    if (file.readUInt8(at) !== MARKER) return undefined;
    const code = file.readUInt8(at + 1);
    // Bytes may fill the gap before a marker.
    if (code === MARKER) {
      at++;
      continue;
    }
    if (code === END) {
      kept.push(file.subarray(at, at + 2));
      break;
    }
    const end = at + 2 + file.readUInt16BE(at + 2);
    if (end > file.length) return undefined;
    if (isFrame(code))
      size = { height: file.readUInt16BE(at + 5), width: file.readUInt16BE(at + 7) };
    if (code === EXIF)
      orientation = orientationIn(file.subarray(at + HEAD_BYTES, end)) ?? orientation;
    const next = code === SCAN ? endOfScan(file, end) : end;
    if (!isTold(code)) kept.push(file.subarray(at, next));
    at = next;
  }
  if (!size) return undefined;
  if (orientation !== 1) kept.splice(1, 0, orientationSegment(orientation));
  return { mediaType: 'image/jpeg', ...size, bytes: Buffer.concat(kept) };
}
