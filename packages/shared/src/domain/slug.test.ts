import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SLUG_PATTERN, slugVariant, slugify } from './slug.ts';

describe('slugify', () => {
  it.each([
    ['A guestbook for my Café!', 'a-guestbook-for-my-cafe'],
    ['  Zoë & Ümit -- 2 ', 'zoe-umit-2'],
    ['日本', 'project'],
    ['---', 'project'],
    ['x', 'x'],
  ])('turns %j into %s', (title, slug) => {
    expect(slugify(title)).toBe(slug);
  });

  it('always gives a host name label without two dashes in a row, also with a suffix', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.nat(48), (title, attempt) => {
        const slug = slugVariant(slugify(title), attempt);

        expect(slug).toMatch(SLUG_PATTERN);
        expect(slug).not.toContain('--');
      }),
    );
  });
});

describe('slugVariant', () => {
  it('leaves the first attempt alone and counts from two', () => {
    expect([0, 1, 2].map((attempt) => slugVariant('a', attempt))).toEqual(['a', 'a-2', 'a-3']);
  });
});
