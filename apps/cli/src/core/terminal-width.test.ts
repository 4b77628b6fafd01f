import { expect, it } from 'vitest';
import { fold, widthOf } from './terminal-width.ts';

it.each([
  ['orchard', 7],
  ['Zoë', 3],
  ['山田', 4],
  ['👩‍🚀 lab', 6],
  ['❤️', 2],
])('%s takes %i cells', (text, cells) => {
  expect(widthOf(text)).toBe(cells);
});

it('breaks a line between words, under its last column', () => {
  const row = '12  2026-11-27 13:31:20  Ada created the workspace orchard';

  expect(fold(`NUMBER\n${row}`, 48)).toBe(
    'NUMBER\n12  2026-11-27 13:31:20  Ada created the\n                         workspace orchard',
  );
});

it('goes on below where the last column is too narrow, and keeps what is to be copied whole', () => {
  const url = `https://example.com/${'a'.repeat(50)}`;

  expect(fold(`open it at ${url}`, 40)).toBe(`open it at\n  ${url}`);
  expect(fold(`${'n'.repeat(35)}  running  local`, 40)).toBe(`${'n'.repeat(35)}\n  running  local`);
});

it('leaves what a program reads as it is', () => {
  expect(fold('x '.repeat(100), undefined)).toBe('x '.repeat(100));
});
