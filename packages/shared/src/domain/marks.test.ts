import { expect, it } from 'vitest';
import { withFewMarks } from './marks.ts';

it.each([
  ['accents', '\u0301'],
  ['colours of skin', '\u{1f3fd}'],
  ['accents between what takes no place', '\u0301\u2060\u00ad\u200d'],
])('leaves out a row of %s', (_what, marks) => {
  const text = `a${marks.repeat(10_000)}b`;

  expect(withFewMarks(text).length).toBeLessThan(32);
  expect(withFewMarks(text)).toMatch(/^a.+b$/u);
});

it('leaves what languages and emojis have', () => {
  const text =
    'Zoë ❤\ufe0f 👩\u{1f3fd}\u200d🔬 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} שָׁלוֹם\n'.repeat(
      3,
    );

  expect(withFewMarks(text)).toBe(text);
});
