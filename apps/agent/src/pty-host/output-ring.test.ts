import { describe, expect, it } from 'vitest';
import { createOutputRing } from './output-ring.ts';

function ringOf(capacity: number, pieces: readonly string[]): string {
  const ring = createOutputRing(capacity);
  for (const piece of pieces) ring.push(Buffer.from(piece));
  return ring.read().toString();
}

describe('output ring', () => {
  it.each([
    [16, [], ''],
    [16, ['abc', 'def'], 'abcdef'],
    [8, ['one\ntwo\nthree\n'], 'three\n'],
    [8, ['one\n', 'two\n', 'three\n'], 'three\n'],
    [8, ['x'.repeat(100)], 'xxxxxxxx'],
    [6, ['a\nb\nc\n', 'd\n'], 'c\nd\n'],
  ])('of %i bytes keeps of %j the end %j', (capacity, pieces, kept) => {
    expect(ringOf(capacity, pieces)).toBe(kept);
  });

  it('never holds more than its capacity', () => {
    const ring = createOutputRing(1_000);
    for (let piece = 0; piece < 500; piece += 1)
      ring.push(Buffer.from(`${piece}\n`.repeat(piece % 7)));

    const kept = ring.read();

    expect(kept.length).toBeLessThanOrEqual(1_000);
    expect(kept.toString()).toMatch(/499\n$/);
  });
});
