import { describe, expect, it } from 'vitest';
import { holdsStorableTexts } from './storable-text.ts';

describe('holdsStorableTexts', () => {
  it.each([undefined, null, 0, '', 'café 💣', 'a\nb', { a: ['b', { c: 'd' }] }, '\\u0000'])(
    'is true for %j',
    (value) => {
      expect(holdsStorableTexts(value)).toBe(true);
    },
  );

  it.each(['a\0', '\ud800', 'x\udfffy', { a: ['b', { c: '\0' }] }, { 'a\0': 1 }])(
    'is false for %j',
    (value) => {
      expect(holdsStorableTexts(value)).toBe(false);
    },
  );

  it('looks into values that are nested very deep', () => {
    let value: unknown = '\0';
    for (let depth = 0; depth < 100_000; depth += 1) value = [value];

    expect(holdsStorableTexts(value)).toBe(false);
  });
});
