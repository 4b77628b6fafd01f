import { describe, expect, it } from 'vitest';
import { createLineCutter } from './line-cutter.ts';

function cut(maxCharacters: number, texts: readonly string[]): string[] {
  const lines: string[] = [];
  const cutter = createLineCutter(maxCharacters, (line) => void lines.push(line));
  for (const text of texts) cutter.write(text);
  cutter.end();
  return lines;
}

describe('a line cutter', () => {
  it.each([
    [
      ['one\ntw', 'o\r\n', '\nthree'],
      ['one', 'two', '', 'three'],
    ],
    [['ended\n'], ['ended']],
    [
      ['123456', '789', '\nab', 'cdefgh\n'],
      ['12345', 'abcde'],
    ],
    [[], []],
  ])('makes of %j the lines %j', (texts, lines) => {
    expect(cut(5, texts)).toEqual(lines);
  });

  it('holds the beginning of a line that is longer than any text can be', () => {
    const piece = 'x'.repeat(64 * 1024);
    const pieces = Array.from({ length: 10_000 }, () => piece);

    expect(cut(100, pieces)).toEqual(['x'.repeat(100)]);
  });
});
