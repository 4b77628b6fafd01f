import { describe, expect, it } from 'vitest';
import { matches } from './install.mjs';

const LOCK = {
  '': { name: 'spt-flow' },
  'apps/cli': { version: '0.1.0' },
  'node_modules/zod': { version: '4.6.7', integrity: 'sha512-a' },
  'node_modules/esbuild-darwin': { version: '0.28.2', integrity: 'sha512-b', optional: true },
};

function installed(changes) {
  const { '': _, 'node_modules/esbuild-darwin': __, ...here } = LOCK;
  return { ...here, ...changes };
}

describe('matches', () => {
  it('accepts what npm ci leaves, without packages of other platforms', () => {
    expect(matches(LOCK, installed({}))).toBe(true);
  });

  it.each([
    ['another version', { 'node_modules/zod': { version: '4.6.6', integrity: 'sha512-a' } }],
    ['another content', { 'node_modules/zod': { version: '4.6.7', integrity: 'sha512-x' } }],
    ['a missing package', { 'node_modules/zod': undefined }],
    [
      'another version of an optional package',
      { 'node_modules/esbuild-darwin': { version: '0.1.0' } },
    ],
  ])('refuses %s', (_, changes) => {
    expect(matches(LOCK, installed(changes))).toBe(false);
  });
});
