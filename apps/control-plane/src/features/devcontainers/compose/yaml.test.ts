import { describe, expect, it } from 'vitest';
import { interpolate } from './interpolate.ts';
import { parseLocated, plain } from '../../../lib/located-yaml.ts';
import { invalid } from '../reading/config-document.ts';

const PLACE = { file: 'compose.yaml', line: 1, column: 1 };

function parse(text: string): unknown {
  return plain(parseLocated('compose.yaml', text, invalid));
}

describe('a Compose file', () => {
  it('repeats by aliases what was said last under their name', () => {
    const text = 'a: &x {n: 1}\nb: *x\nc: &x 2\nd: [*x, *x]\ne: &y {m: 3}\nf: {<<: *y, o: 4}\n';

    expect(parse(text)).toEqual({
      a: { n: 1 },
      b: { n: 1 },
      c: 2,
      d: [2, 2],
      e: { m: 3 },
      f: { m: 3, o: 4 },
    });
  });

  it.each([
    ['a: 1\nb: 2\na: 3', 'compose.yaml:3:1: "a" is there twice'],
    ['s: {image: x, image: y}', 'compose.yaml:1:15: "image" is there twice'],
  ])('says no name twice: %j', (text, problem) => {
    expect(() => parse(text)).toThrow(problem);
  });

  it.each([
    ['aliases', `a: &x 1\nb: [${'*x, '.repeat(9_000)}1]`],
    ['names', Array.from({ length: 9_000 }, (_, index) => `k${index}: &a${index} 1`).join('\n')],
  ])('is read once, with thousands of %s', (_case, text) => {
    expect(() => parse(text)).not.toThrow();
  });

  it('has no variables that nobody could find the end of', () => {
    const text = `${'${a-'.repeat(100_000)}${'}'.repeat(100_000)}`;
    const input = { variables: {}, onMissing: () => undefined };

    expect(() => interpolate(text, PLACE, input)).toThrow('too deep within each other');
    expect(interpolate('${a-${b-${c:-d}}}', PLACE, input)).toBe('d');
  });
});
