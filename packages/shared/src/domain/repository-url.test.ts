import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRepositoryUrl, repositoryName } from './repository-url.ts';

describe('isRepositoryUrl', () => {
  it.each([
    'https://example.com/owner/name.git',
    'http://localhost:3000/name',
    'ssh://git@example.com:2222/owner/name.git',
    'git://127.0.0.1:9418/name.git',
    'git@example.com:owner/name.git',
  ])('permits %s', (url) => {
    expect(isRepositoryUrl(url)).toBe(true);
  });

  it.each([
    '/etc/passwd',
    './here',
    '../other',
    'file:///etc',
    '--upload-pack=touch /tmp/x',
    '-oProxyCommand=x',
    'ext::sh -c touch% /tmp/x',
    'ssh://-oProxyCommand=x/name',
    'ssh://-oProxyCommand=x@example.com/name',
    'ssh://%2DoProxyCommand=x@example.com/name',
    'git@-oProxyCommand=x:name',
    'git@example.com:-x',
    'https://example.com/-x',
    'https://user:secret@example.com/name',
    'https://secret@example.com/name',
    'ssh://git:secret@example.com/name',
    'https://example.com',
    'https://example.com/a b',
    'https://example.com/a\nb',
    'https:///name',
    'https:name/x',
    'https::@https//',
    'javascript:alert(1)',
    '',
    `https://example.com/${'x'.repeat(3000)}`,
  ])('refuses %j', (url) => {
    expect(isRepositoryUrl(url)).toBe(false);
  });

  it('never permits what git would read as a flag or a helper', () => {
    const pieces = [
      'https',
      'git',
      'ext',
      'a',
      '@',
      ':',
      '::',
      '//',
      '/',
      '-',
      '.',
      '%2d',
      '[',
      ' ',
    ];
    const texts = fc.string({ unit: fc.constantFrom(...pieces), maxLength: 12 });
    fc.assert(
      fc.property(texts, (text) => {
        if (!isRepositoryUrl(text)) return;
        expect(text).not.toMatch(/^([a-z]+:\/\/)?([^/:@]*@)?-/);
        // Elsewhere two colons are a part of a path.
        expect(text).not.toMatch(/^[a-z0-9+.-]*::/i);
      }),
      { numRuns: 2000, examples: [['a@a::a'], ['https:a/::']] },
    );
  });
});

describe('repositoryName', () => {
  it.each([
    ['https://example.com/owner/spoon-knife.git', 'spoon-knife'],
    ['https://example.com/owner/spoon-knife/', 'spoon-knife'],
    ['git@example.com:tool.git', 'tool'],
  ])('of %s is %s', (url, name) => {
    expect(repositoryName(url)).toBe(name);
  });
});
