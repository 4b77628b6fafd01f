import { describe, expect, it } from 'vitest';
import { orientationIn, orientationSegment } from './exif-orientation.ts';
import { readPicture } from './read-picture.ts';
import { aPng } from '../testing/sample-pictures.ts';

function segment(code: number, data: Buffer): Buffer {
  const head = Buffer.from([0xff, code, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
}

/** As a phone writes it: little-endian, turned, with a place. */
function exifOfPhone(): Buffer {
  const tiff = Buffer.alloc(8 + 2 + 12 + 4);
  tiff.write('II*\0', 'latin1');
  tiff.writeUInt32LE(8, 4);
  tiff.writeUInt16LE(1, 8);
  tiff.writeUInt16LE(0x0112, 10);
  tiff.writeUInt16LE(3, 12);
  tiff.writeUInt32LE(1, 14);
  tiff.writeUInt16LE(6, 18);
  return Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff, Buffer.from('GPS 48.1N 11.5E')]);
}

function aJpeg(...extra: Buffer[]): Buffer {
  const frame = Buffer.from([8, 0, 40, 0, 30, 1, 1, 0x11, 0]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...extra,
    segment(0xc0, frame),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    Buffer.from([1, 2, 0xff, 0x00, 3, 0xff, 0xd9]),
  ]);
}

function aWebp(): Buffer {
  const part = (type: string, data: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.write(type, 'latin1');
    head.writeUInt32LE(data.length, 4);
    return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
  };
  const extended = Buffer.alloc(10);
  extended.writeUInt8(0b0000_1100, 0);
  extended.writeUIntLE(639, 4, 3);
  extended.writeUIntLE(479, 7, 3);
  const lossless = Buffer.from([0x2f, 0, 0, 0, 0]);
  const chunks = Buffer.concat([
    part('VP8X', extended),
    part('VP8L', lossless),
    part('EXIF', Buffer.from('Home')),
  ]);
  const head = Buffer.alloc(12);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(chunks.length + 4, 4);
  head.write('WEBP', 8, 'latin1');
  return Buffer.concat([head, chunks]);
}

function aGif(): Buffer {
  return Buffer.concat([
    Buffer.from('GIF89a', 'latin1'),
    Buffer.from([5, 0, 7, 0, 0, 0, 0]),
    Buffer.from([0x3b]),
  ]);
}

describe('a picture', () => {
  it.each([
    ['png', aPng(), { mediaType: 'image/png', width: 2, height: 3 }],
    ['jpeg', aJpeg(), { mediaType: 'image/jpeg', width: 30, height: 40 }],
    ['webp', aWebp(), { mediaType: 'image/webp', width: 640, height: 480 }],
    ['gif', aGif(), { mediaType: 'image/gif', width: 5, height: 7 }],
  ])('is a %s by its content', (_name, file, expected) => {
    expect(readPicture(file)).toMatchObject(expected);
  });

  it('keeps which side is up, and nothing else of what the camera wrote', () => {
    const comment = segment(0xfe, Buffer.from('made at home'));
    const { bytes } = readPicture(aJpeg(segment(0xe1, exifOfPhone()), comment));

    expect(bytes.includes('GPS')).toBe(false);
    expect(bytes.includes('made at home')).toBe(false);
    expect(bytes.subarray(2, 2 + orientationSegment(6).length)).toEqual(orientationSegment(6));
    expect(orientationIn(orientationSegment(6).subarray(4))).toBe(6);
    expect(readPicture(bytes)).toMatchObject({ width: 30, height: 40 });
  });

  it('loses texts of programs, and what hides behind its end', () => {
    const png = readPicture(Buffer.concat([aPng(), Buffer.from('<script>')])).bytes;
    expect(png.includes('Ann')).toBe(false);
    expect(png.includes('script')).toBe(false);
    expect(png.subarray(-8).toString('latin1', 0, 4)).toBe('IEND');

    const webp = readPicture(aWebp()).bytes;
    expect(webp.includes('Home')).toBe(false);
    expect(webp.readUInt8(20)).toBe(0);
    expect(webp.readUInt32LE(4)).toBe(webp.length - 8);
    const jpeg = readPicture(Buffer.concat([aJpeg(), Buffer.from('<script>')])).bytes;
    expect(jpeg).toEqual(aJpeg());
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')],
    ['HTML', Buffer.from('<!doctype html><img src=x>')],
    ['HTML behind the first bytes of a GIF', Buffer.from('GIF89a<html><script>1</script>')],
    ['PNG without a head', Buffer.concat([aPng().subarray(0, 8), Buffer.from('<html></html>')])],
    ['PNG that is cut off', aPng().subarray(0, 60)],
    ['JPEG that is cut off', aJpeg().subarray(0, 12)],
    ['JPEG without an end', aJpeg().subarray(0, -2)],
    ['WebP that is cut off', aWebp().subarray(0, -6)],
    ['PNG without points', aPng({ width: 0 })],
    ['PDF', Buffer.from('%PDF-1.7\n')],
  ])('is not what is %s', (_name, file) => {
    expect(() => readPicture(file)).toThrow(expect.objectContaining({ code: 'picture_invalid' }));
  });

  it('has limits in bytes and in points', () => {
    for (const file of [Buffer.alloc(5 * 1024 * 1024 + 1), aPng({ width: 8001 })])
      expect(() => readPicture(file)).toThrow(
        expect.objectContaining({ code: 'picture_too_large' }),
      );
  });
});
