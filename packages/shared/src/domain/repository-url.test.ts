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
    'javascript:alert(1)',
    '',
    `https://example.com/${'x'.repeat(3000)}`,
  ])('refuses %j', (url) => {
    expect(isRepositoryUrl(url)).toBe(false);
  });

  it('never permits what git would read as a flag or a helper', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        if (!isRepositoryUrl(text)) return;
        expect(text.startsWith('-')).toBe(false);
        expect(text).not.toContain('::');
      }),
      { numRuns: 2000 },
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
