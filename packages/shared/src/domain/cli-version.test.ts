import { describe, expect, it } from 'vitest';
import { isOlderVersion } from './cli-version.ts';

describe('isOlderVersion', () => {
  it.each([
    ['0.1.0', '0.2.0', true],
    ['0.10.0', '0.9.9', false],
    ['1.2.3', '1.2.3', false],
    ['1.2', '1.2.1', true],
    ['2.0.0-beta', '2.0.0', false],
  ])('%s against %s is %s', (version, minimum, older) => {
    expect(isOlderVersion(version, minimum)).toBe(older);
  });
});
