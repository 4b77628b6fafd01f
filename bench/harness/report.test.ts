import { expect, it } from 'vitest';
import { toMetric } from './metric.ts';
import { toJsonLine, toTable } from './report.ts';

const METRIC = toMetric(
  [
    { product: 1234.56, peer: 2000 },
    { product: 1300, peer: 2000 },
  ],
  { metric: 'requests', unit: '1/s', peer: 'bare Fastify', goal: { of: 'ratio', atLeast: 0.65 } },
);

it('toJsonLine keeps the agreed fields', () => {
  expect(JSON.parse(toJsonLine('api', METRIC))).toEqual({
    bench: 'api',
    metric: 'requests',
    value: 1267,
    unit: '1/s',
    peer: 'bare Fastify',
    peerValue: 2000,
    ratio: 0.634,
    goal: 'ratio >= 0.65',
    ok: false,
  });
});

it('toTable shows medians with quartiles in aligned columns', () => {
  expect(toTable([METRIC]).split('\n')).toEqual([
    'metric          value             peer          peer value  ratio                goal           ok',
    'requests (1/s)  1267 (1251–1284)  bare Fastify  2000        0.634 (0.625–0.642)  ratio >= 0.65  NO',
  ]);
});
