import { describe, expect, it } from 'vitest';
import { explainPattern, matchesPattern, PATTERN_VALUE_CHARACTERS } from './template-pattern.ts';

describe('the pattern of a parameter', () => {
  it.each([
    ['(a+)+', 'repeat a group'],
    ['(a|b){2,}', 'repeat a group'],
    ['(a)\\1', 'refer back'],
    ['(?=a)b', 'look around'],
    ['.*.*.*.*x', 'repetitions'],
    ['a[', 'is not a regular expression'],
    ['a)(b', 'is not a regular expression'],
  ])('%s is refused', (pattern, reason) => {
    expect(explainPattern(pattern)).toContain(reason);
  });

  it.each([
    ['[a-z][a-z0-9-]*', 'eu-west-1', 'Eu'],
    ['\\d+\\.\\d+', '20.19', '20.19.1'],
    ['(small|large)', 'small', 'smaller'],
    ['[(+*]{2}', '+*', '+'],
    ['v?\\d{1,2}', 'v20', 'v200'],
  ])('%s is permitted and means the whole value', (pattern, good, bad) => {
    expect(explainPattern(pattern)).toBeUndefined();
    expect(matchesPattern(pattern, good)).toBe(true);
    expect(matchesPattern(pattern, bad)).toBe(false);
  });

  it('is refused unread when it is long', () => {
    expect(explainPattern('['.repeat(10_000))).toContain('must not be longer');
  });

  it('matches no value that is too long to be tested', () => {
    expect(matchesPattern('a*', 'a'.repeat(PATTERN_VALUE_CHARACTERS))).toBe(true);
    expect(matchesPattern('a*', 'a'.repeat(PATTERN_VALUE_CHARACTERS + 1))).toBe(false);
  });
});
