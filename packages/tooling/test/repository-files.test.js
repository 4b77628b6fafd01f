import { describe, expect, it } from 'vitest';
import { badContents, badNames, missingFromLock } from '../src/repository-files.js';

const HOME = ['', 'home', 'grace', 'spt-flow'].join('/');

describe('badNames', () => {
  it.each([
    'apps/control-plane/src/features/chat/chat-service.test.ts',
    'apps/dashboard/src/components/AppShell.vue',
    'apps/dashboard/src/components/AppShell.test.ts',
    'packages/db/migrations/0000_foundation.sql',
    'packages/db/migrations/meta/_journal.json',
    'docs/adr/adr-001-tunnel.md',
    'apps/control-plane/src/features/chat/app-templates/python/files/wsgi_app.py',
    'README.md',
    '.ci/run',
  ])('accepts %s', (file) => {
    expect(badNames([file])).toEqual([]);
  });

  it.each([
    ['apps/cli/src/runCli.ts', 'runCli.ts'],
    ['apps/cli/src/run_cli.ts', 'run_cli.ts'],
    ['apps/Agent/src/main.ts', 'Agent'],
    ['apps/dashboard/src/components/app-shell.vue', 'app-shell.vue'],
    ['apps/cli/src/RunCli.ts', 'RunCli.ts'],
  ])('refuses %s', (file, bad) => {
    expect(badNames([file])).toEqual([expect.stringContaining(`'${bad}'`)]);
  });
});

describe('badContents', () => {
  it.each([
    `const root = '${HOME}';`,
    `resolved: https://${'registry'}.npmjs.org/zod`,
    `GOPROXY=https://${'proxy'}.golang.org`,
    `// eslint-${'disable'}-next-line no-empty`,
  ])('finds %s', (line) => {
    expect(badContents('a.ts', `first\n${line}`)).toEqual([expect.stringMatching(/^a\.ts:2 /)]);
  });

  it.each([
    'bind: /home/workspace/project',
    'https://example.com/home/ann/page',
    '/* eslint-disable no-var -- old Node reads this */',
    'await rm(path.join(base, "work/output"))',
  ])('accepts %s', (line) => {
    expect(badContents('a.ts', line)).toEqual([]);
  });
});

it('badContents lets tests make up homes', () => {
  expect(badContents('test/a.test.ts', `const home = '${HOME}';`)).toEqual([]);
});

describe('missingFromLock', () => {
  const parser = { optionalDependencies: { 'parser-linux': '1.0.0', 'parser-darwin': '1.0.0' } };

  it('names the platforms that a lock file forgot', () => {
    const lock = { packages: { 'node_modules/parser': parser, 'node_modules/parser-linux': {} } };

    expect(missingFromLock(lock)).toEqual([expect.stringContaining("'parser-darwin'")]);
  });

  it('accepts a nested place', () => {
    const nested = {
      'node_modules/parser/node_modules/parser-darwin': {},
      'node_modules/parser-linux': {},
    };

    expect(missingFromLock({ packages: { 'node_modules/parser': parser, ...nested } })).toEqual([]);
  });
});
