import { describe, expect, it } from 'vitest';
import { createLogSplitter, MAX_LINE_BYTES } from './log-splitter.ts';

function split(chunks: readonly (string | Buffer)[]): string[] {
  const lines: string[] = [];
  const splitter = createLogSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.flush();
  return lines;
}

describe('log splitter', () => {
  it.each([
    [['a\nb\n'], ['a', 'b']],
    [['a', 'b', '\n'], ['ab']],
    [['unfinished'], ['unfinished']],
    [
      ['windows\r\n', '\r\n'],
      ['windows', ''],
    ],
    [
      ['', '\n\n'],
      ['', ''],
    ],
  ])('turns %j into %j', (chunks, lines) => {
    expect(split(chunks)).toEqual(lines);
  });

  it('keeps a character whose bytes come in two chunks', () => {
    const bytes = Buffer.from('né\n');

    expect(split([bytes.subarray(0, 2), bytes.subarray(2)])).toEqual(['né']);
  });

  it('cuts an endless line into pieces of at most 8 kB without breaking a character', () => {
    const text = `x${'é'.repeat(20_000)}`;

    const lines = split([text]);

    expect(lines.join('')).toBe(text);
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(
      MAX_LINE_BYTES,
    );
  });

  it('cuts bytes that are no text at all', () => {
    const lines = split([Buffer.alloc(3 * MAX_LINE_BYTES, 0x80)]);

    expect(lines).toHaveLength(3);
  });
});
