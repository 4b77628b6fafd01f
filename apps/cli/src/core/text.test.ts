import { describe, expect, it } from 'vitest';
import { formatDuration, plain, table } from './text.ts';

describe('plain', () => {
  it.each([
    ['plain text', 'plain text'],
    ['\x1b[31mred\x1b[0m', 'red'],
    ['\x1b]0;title\x07after', 'after'],
    ['\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\', 'link'],
    ['one\ntwo\rthree', 'one two three'],
    ['a\tb', 'a\tb'],
    ['\x9b31mC1', ' 31mC1'],
    ['Café ✓', 'Café ✓'],
    ['open \x1b]0;never closed', 'open'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['\u2067right\u2069 \u200fleft', 'right \u200fleft'],
  ])('of %j is %j', (text, expected) => {
    expect(plain(text)).toBe(expected);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [340.4, '340 ms'],
    [1_240, '1.2 s'],
    [59_900, '59.9 s'],
    [125_000, '2 min 5 s'],
    [119_999, '2 min 0 s'],
  ])('of %d ms is %s', (durationMs, expected) => {
    expect(formatDuration(durationMs)).toBe(expected);
  });
});

describe('table', () => {
  it('aligns columns and leaves no spaces at the end', () => {
    expect(
      table([
        ['NAME', 'STATE'],
        ['longer-name', 'up'],
        ['x', ''],
      ]),
    ).toBe('NAME         STATE\nlonger-name  up\nx');
  });
});
