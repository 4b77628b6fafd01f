import fc from 'fast-check';
import { expect, it } from 'vitest';
import { maskInPlace } from './mask.ts';

it('maskInPlace does what RFC 6455 says byte by byte, at any alignment and phase', () => {
  const input = fc.record({
    bytes: fc.uint8Array({ maxLength: 100 }),
    offset: fc.nat(9),
    key: fc.nat(0xffff_ffff),
    phase: fc.nat(9),
  });
  fc.assert(
    fc.property(input, ({ bytes, offset, key, phase }) => {
      const keyBytes = Buffer.alloc(4);
      keyBytes.writeUInt32BE(key);
      const buffer = new Uint8Array(offset + bytes.length + 5).fill(0xaa);
      buffer.set(bytes, offset);

      maskInPlace(buffer.subarray(offset, offset + bytes.length), key, phase);

      const expected = bytes.map((byte, index) => byte ^ (keyBytes[(phase + index) % 4] ?? 0));
      expect(buffer.slice(offset, offset + bytes.length)).toEqual(expected);
      expect(buffer.slice(0, offset)).toEqual(new Uint8Array(offset).fill(0xaa));
      expect(buffer.slice(offset + bytes.length)).toEqual(new Uint8Array(5).fill(0xaa));
    }),
  );
});
