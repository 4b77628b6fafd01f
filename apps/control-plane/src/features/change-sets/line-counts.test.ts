import { describe, expect, it } from 'vitest';
import { countLines } from './line-counts.ts';

describe('countLines', () => {
  it.each([
    [null, 'a\nb\n', 2, 0],
    ['a\nb\n', null, 0, 2],
    ['a\n', 'a\n', 0, 0],
    ['a\nb\nc\n', 'a\nx\nc\n', 1, 1],
    ['a\nb\nc', 'c\na\nb', 1, 1],
    ['', 'a', 1, 0],
    [null, null, 0, 0],
  ])('from %j to %j: %i added, %i removed', (before, after, added, removed) => {
    expect(countLines(before, after)).toEqual({ added, removed });
  });

  it('counts a rewritten large file as a whole', () => {
    const before = Array.from({ length: 5_000 }, (_, index) => `old ${index}`).join('\n');
    const after = Array.from({ length: 5_000 }, (_, index) => `new ${index}`).join('\n');

    expect(countLines(before, after)).toEqual({ added: 5_000, removed: 5_000 });
  });
});
