import { ApiError } from '@spt-flow/shared/api/client';
import { ERROR_CODES } from '@spt-flow/shared/domain/errors';
import { describe, expect, it } from 'vitest';
import { buildFileTree, parentOf } from '../features/files/file-tree.ts';
import { projectNameOf } from '../features/projects/project-name.ts';
import { backoffDelayMs } from './backoff.ts';
import { formatAge, formatBytes, formatDuration, headlineOf, plural } from './format.ts';
import { loadPages } from './load-pages.ts';
import { localPathOf } from './local-path.ts';
import { isTemporary, problemOf, problemOfCode } from './problem.ts';

describe('problem', () => {
  it.each([...ERROR_CODES, 'unreachable', 'bad_answer', 'a_code_of_tomorrow'])(
    'has three plain texts for %s',
    (code) => {
      const problem = problemOfCode(code);

      expect(problem.what).toMatch(/^[A-Za-z].*[^.!]$/);
      expect(problem.safe).not.toBe('');
      expect(problem.next).not.toBe('');
    },
  );

  it('lists the fields that a validation refused', () => {
    const error = new ApiError('The request is not valid', {
      code: 'validation_failed',
      status: 400,
      correlationId: 'correlation-1',
      details: {
        issues: [{ path: ['body', 'name'], message: 'Too short' }, { message: 'Odd' }, null, 'x'],
      },
    });

    expect(problemOf(error)).toMatchObject({
      detail: 'body.name: Too short\nOdd',
      correlationId: 'correlation-1',
    });
  });

  it('keeps an unexpected error in the details only', () => {
    expect(problemOf(new TypeError('x is undefined'))).toMatchObject({
      code: 'internal',
      detail: 'x is undefined',
    });
    expect(problemOf('thrown text').detail).toBeUndefined();
  });

  it.each([
    [0, 'unreachable', true],
    [503, 'database_unavailable', true],
    [429, 'rate_limited', true],
    [409, 'turn_running', true],
    [409, 'conflict', false],
    [403, 'not_permitted', false],
  ])('counts status %i with %s as temporary: %s', (status, code, expected) => {
    expect(isTemporary(new ApiError(code, { code, status, correlationId: 'correlation-1' }))).toBe(
      expected,
    );
    expect(isTemporary(new Error(code))).toBe(false);
  });
});

describe('project name', () => {
  it.each([
    ['a guestbook for my café', 'Guestbook for my café'],
    ['I want to build a to-do list for the team. It should be simple.', 'To-do list for the team'],
    ['Please make me a page with our opening hours', 'Page with our opening hours'],
    ['Can you create an app?', 'App'],
    ['Rezepte', 'Rezepte'],
    ['the', 'The'],
    ['   ', 'My app'],
    ['???', 'My app'],
    [
      'A very long description of an application that does many things at once for everybody',
      'Very long description of an application',
    ],
    ['A sign-up list for the picnic with 3 places', 'Sign-up list for the picnic'],
    ['x'.repeat(90), 'X' + 'x'.repeat(39)],
  ])('of "%s" is "%s"', (sentence, name) => {
    expect(projectNameOf(sentence)).toBe(name);
  });
});

describe('file tree', () => {
  it('nests files, makes implied folders, and puts folders first', () => {
    const tree = buildFileTree([
      { path: 'server.js', kind: 'file', size: 1 },
      { path: 'public/css/style.css', kind: 'file', size: 1 },
      { path: 'data', kind: 'directory', size: 0 },
      { path: 'app.js', kind: 'link', size: 1 },
    ]);

    expect(tree.map((node) => node.label)).toEqual(['data', 'public', 'app.js', 'server.js']);
    expect(tree[1]?.children?.[0]?.children?.[0]?.path).toBe('public/css/style.css');
    expect(tree[0]?.children).toEqual([]);
  });

  it('holds ten thousand files', () => {
    const entries = Array.from({ length: 10_000 }, (_, index) => ({
      path: `d${index % 100}/f${index}`,
      kind: 'file' as const,
      size: 1,
    }));

    const tree = buildFileTree(entries);

    expect(tree).toHaveLength(100);
    expect(tree.reduce((sum, node) => sum + (node.children?.length ?? 0), 0)).toBe(10_000);
  });

  it.each([
    ['a/b/c', 'a/b'],
    ['a', ''],
  ])('knows the folder of %s', (path, parent) => {
    expect(parentOf(path)).toBe(parent);
  });
});

describe('format', () => {
  it.each([
    ['Made it blue.', 'Made it blue'],
    [
      'Built “Café” from a template: done. You can now ask for more.',
      'Built “Café” from a template: done',
    ],
    ['Updated to version 1.2 of it', 'Updated to version 1.2 of it'],
  ])('takes from "%s" the first sentence', (text, headline) => {
    expect(headlineOf(text)).toBe(headline);
  });

  it.each([
    [0.2, 'under 1 ms'],
    [84, '84 ms'],
    [1240, '1.2 s'],
    [125_000, '2 min 5 s'],
  ])('writes %d ms as %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  it.each([
    [10_000, 'just now'],
    [5 * 60_000, '5 minutes ago'],
    [3 * 3_600_000, '3 hours ago'],
    [30 * 3_600_000, 'yesterday'],
    [30 * 86_400_000, 'Jan 2, 2026'],
  ])('writes an age of %i ms as %s', (ageMs, text) => {
    const instant = '2026-01-02T12:00:00.000Z';

    expect(formatAge(instant, Date.parse(instant) + ageMs)).toBe(text);
  });

  it.each([
    [12, '12 B'],
    [2048, '2.0 KiB'],
    [38_797_312, '37.0 MiB'],
    [2_147_483_648, '2.0 GiB'],
  ])('writes %i bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('counts in words', () => {
    expect([plural(1, 'step'), plural(2, 'step'), plural(2, 'line added', 'lines added')]).toEqual([
      '1 step',
      '2 steps',
      '2 lines added',
    ]);
  });
});

describe('local path', () => {
  it.each([
    ['/p/guestbook?pane=preview', '/p/guestbook?pane=preview'],
    ['//elsewhere.example', '/'],
    ['/\\elsewhere.example', '/'],
    ['https://elsewhere.example', '/'],
    ['javascript:alert(1)', '/'],
    [undefined, '/'],
    [['/a', '/b'], '/'],
  ])('of %o is %s', (value, path) => {
    expect(localPathOf(value)).toBe(path);
  });
});

describe('backoff', () => {
  it('grows with each attempt up to a limit and spreads over the whole range', () => {
    const longest = [0, 1, 2, 3, 10].map((attempt) => backoffDelayMs(attempt, () => 0.999999));

    expect(longest).toEqual([499, 999, 1999, 3999, 14999]);
    expect(backoffDelayMs(10, () => 0)).toBe(150);
  });
});

describe('pages', () => {
  it('follows the cursor to the end', async () => {
    const cursors: (string | undefined)[] = [];

    const items = await loadPages(async (cursor) => {
      cursors.push(cursor);
      return cursor === undefined
        ? { items: [1, 2], nextCursor: 'b' }
        : { items: [3], nextCursor: null };
    }, 100);

    expect(items).toEqual([1, 2, 3]);
    expect(cursors).toEqual([undefined, 'b']);
  });

  it('stops at the limit of an endless list', async () => {
    const items = await loadPages(async () => ({ items: [1, 1], nextCursor: 'again' }), 5);

    expect(items).toHaveLength(6);
  });
});
