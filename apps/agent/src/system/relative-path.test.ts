import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgentError } from './errors.ts';
import { collisionKey, parseDirectoryPath, parseRelativePath } from './relative-path.ts';

const PIECES = [
  'a',
  '.',
  '..',
  '...',
  '',
  ' ',
  '\0',
  '\\',
  '/',
  'ü',
  'ü',
  '.git',
  '~',
  'C:',
  '%2e%2e',
  '\n',
  '‮',
];

/** The same sequence at every run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

describe('parseRelativePath', () => {
  it.each(['a', 'a/b/c.txt', '.env', '...', ' ', '~', 'x'.repeat(255), 'ü/日本.txt'])(
    'takes %j apart',
    (path) => expect(parseRelativePath(path).join('/')).toBe(path),
  );

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    './a',
    'a/.',
    '..',
    'a/../b',
    'a\0b',
    'a\\b',
    'ü'.repeat(128),
  ])('refuses %j', (path) => expect(() => parseRelativePath(path)).toThrow(AgentError));

  it('never lets a path through that leads out, is absolute or is not in its plain form', () => {
    const random = createRandom(7);
    let taken = 0;
    for (let round = 0; round < 50_000; round += 1) {
      const count = 1 + Math.floor(random() * 6);
      const pick = () => PIECES[Math.floor(random() * PIECES.length)] ?? '';
      const path = Array.from({ length: count }, pick).join(random() < 0.5 ? '/' : '');
      let segments: string[];
      try {
        segments = parseRelativePath(path);
      } catch (error) {
        expect(error).toMatchObject({ code: 'path_not_permitted' });
        continue;
      }
      taken += 1;
      const resolved = posix.resolve('/root', path);
      expect(resolved).toBe(`/root/${segments.join('/')}`);
      expect(path).not.toMatch(/[\0\\]/);
    }
    expect(taken).toBeGreaterThan(1_000);
  });

  it('does not repeat unprintable characters of the path in its complaint', () => {
    expect(() => parseRelativePath('\u001b[31m/..')).toThrow("Path '?[31m/..' is not a plain path");
  });
});

it('the empty path names the project directory only where a directory is meant', () => {
  expect(parseDirectoryPath('')).toEqual([]);
  expect(parseDirectoryPath('a/b')).toEqual(['a', 'b']);
});

it('names that one file system may take for the same have equal keys', () => {
  expect(collisionKey('README.md')).toBe(collisionKey('readme.MD'));
  expect(collisionKey('ü'.normalize('NFC'))).toBe(collisionKey('Ü'.normalize('NFD')));
  expect(collisionKey('a/b')).not.toBe(collisionKey('a-b'));
});
