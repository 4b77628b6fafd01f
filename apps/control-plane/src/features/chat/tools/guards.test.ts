import { describe, expect, it } from 'vitest';
import { checkContent, checkPath, ignoredFolders, isReadable } from './guards.ts';

describe('checkContent', () => {
  it.each([
    ['a line of blanks behind a comment', `//${' '.repeat(400_000)}x`],
    ['blanks behind an ellipsis', `# …${'\t'.repeat(400_000)}x`],
  ])('comes to an end with %s', (_name, line) => {
    expect(() =>
      checkContent({ path: 'package-lock.json', before: line, after: line }),
    ).not.toThrow();
  });

  it.each(['// ... ', '#   …\t', '<!-- ... --> ', '/*   ...   rest of the page */'])(
    'takes %j for a placeholder',
    (line) => {
      expect(() => checkContent({ path: 'a.js', before: 'code\n', after: `${line}\n` })).toThrow(
        'placeholder',
      );
    },
  );
});

describe('paths', () => {
  it.each([
    '.git/config',
    '.GIT/hooks',
    'node_modules/a.js',
    '.spt-flow/x',
    '../x',
    '/x',
    'a\u0007',
  ])('%j may not be changed', (path) => {
    expect(() => checkPath(path)).toThrow();
  });

  it.each([
    ['src/.env', false],
    ['.env.local', false],
    ['.environment', true],
    ['.gitignore', true],
    ['.git/config', false],
    ['src/node_modules.ts', true],
  ])('%s is shown to the model: %s', (path, expected) => {
    expect(isReadable(path)).toBe(expected);
  });

  it('of folders that are kept out of git are those without wildcards', () => {
    const gitignore = '# data\n/data/\n dist/ \n!keep/\n*.log\na/b/\nbuild';

    expect([...ignoredFolders(gitignore)]).toEqual(['data', 'dist']);
    expect([...ignoredFolders(null)]).toEqual([]);
  });
});
