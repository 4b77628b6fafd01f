import { describe, expect, it } from 'vitest';
import { encodeFrameHeader, maskedFrameBytes, OPCODE, writeMaskedFrame } from './frames.ts';

describe('masked frame', () => {
  it('has the pinned bytes of RFC 6455', () => {
    const buffer = Buffer.allocUnsafe(maskedFrameBytes(5));
    const parts = [Buffer.from('He'), Buffer.from('llo')];

    const frame = writeMaskedFrame(buffer, {
      opcode: OPCODE.text,
      parts,
      byteLength: 5,
      mask: 0x37fa213d,
    });

    expect(frame.toString('hex')).toBe('818537fa213d7f9f4d5158');
  });

  it.each([
    [125, '82fd'],
    [126, '82fe007e'],
    [65_535, '82feffff'],
    [65_536, '82ff0000000000010000'],
  ])('of %i bytes starts with %s and the mask', (byteLength, start) => {
    const buffer = Buffer.allocUnsafe(maskedFrameBytes(byteLength));
    const parts = [Buffer.alloc(byteLength)];

    const frame = writeMaskedFrame(buffer, {
      opcode: OPCODE.binary,
      parts,
      byteLength,
      mask: 0xfefefefe,
    });

    const headerBytes = start.length / 2;
    expect(frame.subarray(0, headerBytes + 4).toString('hex')).toBe(`${start}fefefefe`);
    expect(frame.length).toBe(headerBytes + 4 + byteLength);
  });
});

it.each([
  [0, '8200'],
  [125, '827d'],
  [126, '827e007e'],
  [65_536, '827f0000000000010000'],
])("a server's header for %i bytes is %s", (byteLength, expected) => {
  const header = encodeFrameHeader({ opcode: OPCODE.binary, byteLength });

  expect(header.toString('hex')).toBe(expected);
});
