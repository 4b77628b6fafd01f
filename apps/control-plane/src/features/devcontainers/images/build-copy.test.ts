import { describe, expect, it } from 'vitest';
import { staysInside } from './build-copy.ts';

describe('a link in the files of a build', () => {
  it.each([
    ['a/link', 'file', true],
    ['a/link', '../b/file', true],
    ['a/link', './../b', true],
    ['link', '..', false],
    ['a/link', '../../etc/passwd', false],
    ['a/link', '/etc/passwd', false],
    ['link', 'a/../../etc', false],
    // Its text stays inside; through a link named `up` that leads to the top it would not.
    ['link', 'a/up/../etc', false],
  ])('at %s to %s stays inside: %s', (path, target, expected) => {
    expect(staysInside(path, target)).toBe(expected);
  });
});
