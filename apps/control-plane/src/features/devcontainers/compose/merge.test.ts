import { describe, expect, it } from 'vitest';
import { isList, isLocatedMap, parseLocated, type Located } from '../../../lib/located-yaml.ts';
import { mergeCompose } from './merge.ts';
import { invalid } from '../reading/config-document.ts';

/** Without the places. */
function plain({ value }: Located): unknown {
  if (isLocatedMap(value))
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return isList(value) ? value.map(plain) : value;
}

function merged(earlier: string, later: string): unknown {
  const [first, second] = [earlier, later].map((text) =>
    parseLocated('compose.yaml', text, invalid),
  );
  return second && plain(mergeCompose(first, second));
}

describe('of two Compose files', () => {
  it.each([
    ['a value', '{ image: a, user: u }', '{ image: b }', { image: 'b', user: 'u' }],
    ['a command, as a whole', '{ command: [a, b] }', '{ command: [c] }', { command: ['c'] }],
    [
      'the test of a health check alone',
      '{ healthcheck: { test: [CMD, a], interval: 1s } }',
      '{ healthcheck: { test: [CMD, b] } }',
      { healthcheck: { test: ['CMD', 'b'], interval: '1s' } },
    ],
    ['lists, one after the other', '{ cap_add: [A] }', '{ cap_add: [B] }', { cap_add: ['A', 'B'] }],
    [
      'variables by name, however they are written',
      '{ environment: { A: "1", B: "2" } }',
      '{ environment: ["B=x=y", C] }',
      { environment: { A: '1', B: 'x=y', C: null } },
    ],
    [
      'dependencies by name, however they are written',
      '{ depends_on: [a, b] }',
      '{ depends_on: { b: { condition: service_healthy } } }',
      { depends_on: { a: {}, b: { condition: 'service_healthy' } } },
    ],
    [
      'mounts by their place',
      '{ volumes: ["a:/data:ro", /cache] }',
      '{ volumes: [{ type: volume, source: b, target: /data }, "c:/cache"] }',
      { volumes: [{ type: 'volume', source: 'b', target: '/data' }, 'c:/cache'] },
    ],
    [
      'services whose names are those of properties',
      '{ services: { command: { image: a }, test: { image: b } } }',
      '{ services: { command: { user: u } } }',
      { services: { command: { image: 'a', user: 'u' }, test: { image: 'b' } } },
    ],
  ])('the later counts: %s', (_name, earlier, later, expected) => {
    expect(merged(earlier, later)).toEqual(expected);
  });

  it('each value stands where it was written', () => {
    const first = parseLocated('a.yaml', 'environment: { A: "1" }', invalid);
    const second = parseLocated('b.yaml', '\nenvironment: { B: "2" }', invalid);

    const { value } = mergeCompose(first, second);
    const environment = isLocatedMap(value) ? value.get('environment')?.value : undefined;

    expect(
      isLocatedMap(environment) && [...environment.values()].map(({ place }) => place),
    ).toEqual([
      { file: 'a.yaml', line: 1, column: 16 },
      { file: 'b.yaml', line: 2, column: 16 },
    ]);
  });
});
