import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrames, encodeFrame, FRAME } from './frames.ts';
import { wholeCharacters } from './whole-characters.ts';

describe('frames', () => {
  it('are read as they were written', () => {
    const frames = [
      { atMs: 0, kind: FRAME.header, payload: Buffer.from('{}') },
      { atMs: 2 ** 40, kind: FRAME.output, payload: Buffer.alloc(0) },
    ];

    expect(decodeFrames(Buffer.concat(frames.map(encodeFrame)))).toEqual(frames);
  });

  it('of any bytes are read or refused, never half', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        let frames;
        try {
          frames = decodeFrames(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return;
        }
        expect(Buffer.concat(frames.map(encodeFrame))).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

describe('whole characters', () => {
  it('end before one that is cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 16 }),
        fc.nat(),
        (text, at) => {
          const bytes = Buffer.from(text);
          const cut = bytes.subarray(0, at % (bytes.length + 1));
          const length = wholeCharacters(cut);

          expect(cut.length - length).toBeLessThan(4);
          const again = cut.subarray(0, length).toString() + bytes.subarray(length).toString();
          expect(again).toBe(bytes.toString());
        },
      ),
    );
  });

  it('are all bytes of what is no text', () => {
    expect(wholeCharacters(Buffer.from([0x41, 0xff]))).toBe(2);
    expect(wholeCharacters(Buffer.from([0x80, 0x80, 0x80, 0x80]))).toBe(4);
  });
});
