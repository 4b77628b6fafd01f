import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdits } from './edit-text.ts';
import { ToolError } from './tool-error.ts';

function edit(text: string, old_string: string, new_string: string): string {
  return applyEdits(text, [{ old_string, new_string }]);
}

function reason(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ToolError) return error.message;
    throw error;
  }
  throw new Error('no error');
}

describe('applyEdits', () => {
  it.each([
    ['an exact place', 'a b c', 'b', 'X', 'a X c'],
    ['pattern characters as they are', 'price: 5', '5', '$& $1 $$', 'price: $& $1 $$'],
    [
      'trailing white space of the file',
      'if (x) {  \n  run();\t\n}\n',
      'if (x) {\n  run();\n}',
      'go();',
      'go();\n',
    ],
    [
      'other indentation, which is kept',
      'a\n    if (x) {\n      run();\n    }\nb\n',
      'if (x) {\n  run();\n}',
      'while (x) {\n  run();\n}',
      'a\n    while (x) {\n      run();\n    }\nb\n',
    ],
    ['typographic quotes', 'say(“hello”)', 'say("hello")', 'say("bye")', 'say("bye")'],
    ['a no-break space', 'a\u00a0b', 'a b', 'c', 'c'],
    [
      'blank lines around the place',
      'x\nfoo();\ny\n',
      '\n\nfoo();\n\n',
      '\n\nbar();\n\n',
      'x\nbar();\ny\n',
    ],
    ['CRLF files with LF edits', 'a\r\nb\r\nc\r\n', 'a\nb', 'a\nB\nBB', 'a\r\nB\r\nBB\r\nc\r\n'],
    ['LF files with CRLF edits', 'a\nb\nc\n', 'a\r\nb', 'A\r\nB', 'A\nB\nc\n'],
    ['deletion', 'a\nb\nc\n', 'b\n', '', 'a\nc\n'],
  ])('replaces %s', (_what, text, from, to, expected) => {
    expect(edit(text, from, to)).toBe(expected);
  });

  it('prefers an exact match over looser ones', () => {
    expect(edit('  x = 1\nx = 1', '  x = 1', '  x = 2')).toBe('  x = 2\nx = 1');
  });

  it('names the lines of an ambiguous match', () => {
    expect(reason(() => edit('a\nb\na\nc\na\n', 'a', 'x'))).toContain('lines 1, 3, 5');
  });

  it('names the lines of an ambiguous loose match too', () => {
    expect(reason(() => edit('  run(1);\n    run(1);\n', '\trun(1);', '\trun(2);'))).toContain(
      'lines 1, 2',
    );
  });

  it('names both of two places that overlap', () => {
    expect(reason(() => edit('a\na\na\n', 'a\na', 'x'))).toContain('2 places, at lines 1, 2');
  });

  it('replaces the first of loose places that overlap when all are wanted', () => {
    const edits = [{ old_string: 'a \na ', new_string: 'b', replace_all: true }];

    expect(applyEdits('a\n a\na\n', edits)).toBe('b\na\n');
  });

  it('that looks for many blank lines comes to an end', () => {
    const wanted = `a${'\n'.repeat(500_000)}b`;

    expect(reason(() => edit('a\nb\n', wanted, 'x'))).toContain('not found');
  });

  it('replaces all places when asked', () => {
    expect(applyEdits('a b a', [{ old_string: 'a', new_string: 'aa', replace_all: true }])).toBe(
      'aa b aa',
    );
  });

  it('shows similar lines when nothing matches', () => {
    const message = reason(() =>
      edit('const port = 80;\nstart(port);\n', 'const port = 8080;', 'x'),
    );

    expect(message).toContain('1: const port = 80;');
  });

  it('says when the replacement is already there', () => {
    expect(reason(() => edit('const a = 2;\n', 'const a = 1;', 'const a = 2;'))).toContain(
      'already in the file',
    );
  });

  it.each([
    ['empty', '', 'x'],
    ['equal', 'a', 'a'],
  ])('refuses %s old text', (_what, from, to) => {
    expect(reason(() => edit('a', from, to))).not.toBe('');
  });

  it('applies edits in order, each on the result of the one before', () => {
    const result = applyEdits('one', [
      { old_string: 'one', new_string: 'two' },
      { old_string: 'two', new_string: 'three' },
    ]);

    expect(result).toBe('three');
  });

  it('keeps everything outside a unique place, whatever the texts', () => {
    const text = fc.string({ maxLength: 40 }).map((value) => value.replaceAll('\r', ''));
    fc.assert(
      fc.property(text, text, text, (head, tail, to) => {
        const from = '<<unique place>>';
        fc.pre(to !== from && !head.includes('unique') && !tail.includes('unique'));
        expect(edit(`${head}${from}${tail}`, from, to)).toBe(`${head}${to}${tail}`);
      }),
    );
  });
});
