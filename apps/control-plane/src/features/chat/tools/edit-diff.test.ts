import { expect, it } from 'vitest';
import { editDiff } from './edit-diff.ts';

it('shows the changed lines with a line around them', () => {
  expect(editDiff('a\nb\nc\nd\n', 'a\nb\nx\ny\nd\n')).toBe('  b\n- c\n+ x\n+ y\n  d');
});

it('shows lines that are only added or only removed', () => {
  expect(editDiff('a\nb\n', 'a\nnew\nb\n')).toBe('  a\n+ new\n  b');
  expect(editDiff('a\nold\nb\n', 'a\nb\n')).toBe('  a\n- old\n  b');
});

it('shows each place, without what did not change between them', () => {
  const before = ['{', 'title', 'tagline', 'icon', 'accent', '}'].join('\n');
  const after = ['{', 'new title', 'tagline', 'icon', 'new accent', '}'].join('\n');

  expect(editDiff(before, after).split('\n')).toEqual([
    ...['  {', '- title', '+ new title', '  tagline', '  icon', '- accent', '+ new accent', '  }'],
  ]);
  expect(editDiff('a\nb\nc\nd\ne', 'A\nb\nc\nd\nE')).toBe('- a\n+ A\n  b\n  …\n  d\n- e\n+ E');
});

it('shows a change that is too large to compare as one block', () => {
  const lines = (word: string) => Array.from({ length: 600 }, (_, at) => `${word} ${at}`);

  expect(editDiff(lines('a').join('\n'), lines('b').join('\n'))).toContain('- a 0\n- a 1\n');
});

it('counts the lines of whole files', () => {
  expect(editDiff(null, 'a\nb\n')).toBe('+ 2 lines');
  expect(editDiff('a\n', null)).toBe('- 1 line');
});

it('cuts long changes', () => {
  const long = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n');

  expect(editDiff('x', long).split('\n').at(-1)).toBe('  … 61 lines more');
});
