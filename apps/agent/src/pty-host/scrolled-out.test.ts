import { describe, expect, it } from 'vitest';
import { skipScrolledOut } from './scrolled-out.ts';

const LINES = 100;
const SIZE = { cols: 80, lines: LINES };
function text(count: number): Buffer {
  return Buffer.from('some words\r\n'.repeat(count));
}

describe('skipScrolledOut', () => {
  it.each([
    ['less than the screen keeps', text(LINES)],
    ['controls to the very end', Buffer.from('\x1b[31mred\x1b[0m\r\n'.repeat(10_000))],
    ['controls in two bytes', Buffer.from('\u009b31mred\r\n'.repeat(10_000))],
    ['lines that do not begin at the left', Buffer.from('some words\n'.repeat(10_000))],
    ['nothing', Buffer.alloc(0)],
  ])('leaves %s as it is', (_, bytes) => {
    expect(skipScrolledOut(bytes, SIZE).equals(bytes)).toBe(true);
  });

  it('keeps what comes before the last control, and the last lines', () => {
    const before = Buffer.from('\x1b[2J\x1b[?1049h');

    const kept = skipScrolledOut(Buffer.concat([before, text(100_000)]), SIZE);

    expect(kept.length).toBeLessThan(8 * 1024);
    expect(kept.subarray(0, before.length)).toEqual(before);
    expect(kept.subarray(-text(LINES).length)).toEqual(text(LINES));
  });

  it('keeps the column when it shortens one endless line', () => {
    const line = Buffer.from('x'.repeat(1_000_001));

    const kept = skipScrolledOut(line, SIZE);

    expect(kept.length).toBeLessThan(20_000);
    expect((line.length - kept.length) % SIZE.cols).toBe(0);
  });
});
