import { describe, expect, it } from 'vitest';
import { coversRepository, parseGitScope } from './git-scope.ts';

describe('parseGitScope', () => {
  it.each([
    ['github.com', 'https://github.com', ''],
    ['GitHub.com/Acme/', 'https://github.com', 'Acme'],
    ['https://git.example.com:8443/a/b', 'https://git.example.com:8443', 'a/b'],
    ['git.example.com:443', 'https://git.example.com', ''],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000', ''],
  ])('reads %s', (text, origin, path) => {
    expect(parseGitScope(text)).toEqual({ origin, path });
  });

  it.each([
    '',
    'me:token@github.com',
    'https://token@github.com',
    'ssh://git@github.com',
    'github.com/a b',
    'github.com/a%2fb',
    'github.com/a//x',
    'github.com?x=y',
    'file:///etc',
    'git hub.com',
  ])('refuses %j', (text) => {
    expect(parseGitScope(text)).toBeUndefined();
  });

  it('looks once at slashes without end', () => {
    expect(parseGitScope(`github.com/a${'/'.repeat(100_000)}x`)).toBeUndefined();
  });
});

describe('coversRepository', () => {
  const acme = { origin: 'https://github.com', path: 'acme' };

  it.each(['acme', 'acme/app', 'acme/app.git'])('is true for %s below its path', (path) => {
    expect(coversRepository(acme, { ...acme, path })).toBe(true);
  });

  it.each(['', 'acmeevil/app', 'other/app', 'acme/../other/app', 'acme/%2e%2e/other', 'acme//x'])(
    'is false for %j',
    (path) => {
      expect(coversRepository(acme, { ...acme, path })).toBe(false);
    },
  );

  it.each(['https://evil.example', 'http://github.com', 'https://github.com:8443'])(
    'is false for %s',
    (origin) => {
      expect(coversRepository({ ...acme, path: '' }, { origin, path: 'acme/app' })).toBe(false);
    },
  );

  it('is true for one repository with and without .git', () => {
    const one = { ...acme, path: 'acme/app.git' };
    expect(coversRepository(one, { ...acme, path: 'acme/app' })).toBe(true);
    expect(coversRepository(one, { ...acme, path: 'acme/app2' })).toBe(false);
  });
});
