import { expect, it } from 'vitest';
import { versionProblem } from './coder-version.ts';

it.each([
  ['v2.19.0+abcdef0', undefined],
  ['v2.31.4', undefined],
  ['v2.32.0-devel+abcdef0', undefined],
  ['v2.18.9', 'it is older than 2.19: update Coder'],
  ['v0.27.3', 'it is older than 2.19: update Coder'],
  ['v3.0.0', 'spt-flow knows Coder 2: update spt-flow before you rely on it'],
  ['v0.0.0', 'it is older than 2.19: update Coder'],
  ['main', 'its version can’t be read; spt-flow needs Coder 2.19 or newer'],
])('%s', (version, problem) => {
  expect(versionProblem(version)).toBe(problem);
});
