import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameBoundary } from './frame-boundary.ts';

const LENGTHS = fc.oneof(fc.nat(200), fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000));

function frame({ length, isMasked }: { length: number; isMasked: boolean }): Buffer {
  const long = length > 0xffff ? 8 : length > 125 ? 2 : 0;
  const header = Buffer.alloc(2 + long + (isMasked ? 4 : 0));
  header[0] = 0x82;
  header[1] = (isMasked ? 0x80 : 0) + (long === 8 ? 127 : long === 2 ? 126 : length);
  if (long === 2) header.writeUInt16BE(length, 2);
  if (long === 8) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, Buffer.alloc(length, 0x88)]);
}

describe('FrameBoundary', () => {
  it('is between frames exactly where one has ended, however the bytes are cut', () => {
    const frames = fc.array(fc.record({ length: LENGTHS, isMasked: fc.boolean() }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(frames, fc.array(fc.nat(), { maxLength: 8 }), (contents, cuts) => {
        const pieces = contents.map(frame);
        const bytes = Buffer.concat(pieces);
        const ends = new Set([0]);
        pieces.reduce((end, { length }) => {
          ends.add(end + length);
          return end + length;
        }, 0);
        const boundary = new FrameBoundary();
        const places = [...ends, ...cuts.map((cut) => cut % bytes.length), bytes.length];
        let fed = 0;
        for (const place of places.sort((a, b) => a - b)) {
          boundary.feed(bytes.subarray(fed, place));
          fed = place;
          expect(boundary.isBetweenFrames).toBe(ends.has(place));
        }
      }),
    );
  });
});
