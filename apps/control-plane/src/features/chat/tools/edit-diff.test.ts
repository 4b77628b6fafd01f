import { expect, it } from 'vitest';
import { editDiff } from './edit-diff.ts';

it('shows the changed lines with a line around them', () => {
  expect(editDiff('a\nb\nc\nd\n', 'a\nb\nx\ny\nd\n')).toBe('  b\n- c\n+ x\n+ y\n  d');
});

it('shows lines that are only added or only removed', () => {
  expect(editDiff('a\nb\n', 'a\nnew\nb\n')).toBe('  a\n+ new\n  b');
  expect(editDiff('a\nold\nb\n', 'a\nb\n')).toBe('  a\n- old\n  b');
});

it('counts the lines of whole files', () => {
  expect(editDiff(null, 'a\nb\n')).toBe('+ 2 lines');
  expect(editDiff('a\n', null)).toBe('- 1 line');
});

it('cuts long changes', () => {
  const long = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n');

  expect(editDiff('x', long).split('\n').at(-1)).toBe('  … 61 lines more');
});
