import { describe, expect, it } from 'vitest';
import { jsonExcess, parseBoundedJson } from './bounded-json.ts';

function nested(levels: number): string {
  return `${'['.repeat(levels)}${']'.repeat(levels)}`;
}

function list(values: number): string {
  return JSON.stringify(Array(values).fill(0));
}

describe('jsonExcess', () => {
  it.each([
    ['brackets', nested(65)],
    ['objects', `${'{"a":'.repeat(65)}0${'}'.repeat(65)}`],
    ['brackets that nobody closes', '['.repeat(1_000_000)],
    ['a bracket after a string that ends in a backslash', String.raw`["\\",${nested(64)}]`],
  ])('refuses what is nested too deep: %s', (_what, text) => {
    expect(jsonExcess(text)).toBe('it is nested more than 64 levels deep');
  });

  it.each([
    ['numbers', list(100_001)],
    ['empty objects', `[${'{},'.repeat(60_000)}{}]`],
  ])('refuses too many values: %s', (_what, text) => {
    expect(jsonExcess(text)).toBe('it has more than 100000 values');
  });

  it.each([
    ['the most levels', nested(64)],
    ['the most values', list(100_000)],
    ['a long text', JSON.stringify({ base64: 'A'.repeat(7_500_000) })],
    ['brackets and commas in a text', JSON.stringify(['['.repeat(200_000), ','.repeat(200_000)])],
    ['quotes in a text', JSON.stringify([`\\"${'["'.repeat(1_000)}`, '\\'])],
    ['a text without an end', '["[[['],
    ['nothing', ''],
  ])('lets pass: %s', (_what, text) => {
    expect(jsonExcess(text)).toBeUndefined();
  });
});

describe('parseBoundedJson', () => {
  it('reads what is within the bounds, and nothing else', () => {
    expect(parseBoundedJson('{"a":[1,"]"]}')).toEqual({ a: [1, ']'] });
    expect(() => parseBoundedJson(nested(65))).toThrow('The JSON is not read: it is nested');
    expect(() => parseBoundedJson('[')).toThrow(SyntaxError);
  });
});
