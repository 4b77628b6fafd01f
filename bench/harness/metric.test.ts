import { describe, expect, it } from 'vitest';
import { goalText, keepsGoal, toMetric, type Goal } from './metric.ts';

const ABOUT = { metric: 'requests', unit: '1/s', peer: 'bare' };
const PAIRS = [
  { product: 50, peer: 100 },
  { product: 70, peer: 100 },
  { product: 300, peer: 300 },
];

function metricWith(goal: Goal) {
  return toMetric(PAIRS, { ...ABOUT, goal });
}

describe('toMetric', () => {
  it('takes the ratio within each pair', () => {
    const metric = metricWith({ of: 'ratio', atLeast: 0 });

    expect(metric.ratio).toEqual({ lower: 0.6, median: 0.7, upper: 0.85 });
    expect(metric.value.median).toBe(70);
    expect(metric.peerValue.median).toBe(100);
  });
});

describe('keepsGoal', () => {
  it.each<[Goal, boolean]>([
    [{ of: 'ratio', atLeast: 0.6 }, true],
    [{ of: 'ratio', atLeast: 0.65 }, false],
    [{ of: 'ratio', atMost: 0.85 }, true],
    [{ of: 'ratio', atMost: 0.8 }, false],
    [{ of: 'value', atMost: 185 }, true],
    [{ of: 'value', atMost: 100 }, false],
    [{ of: 'ratio', by: 'median', atLeast: 0.7 }, true],
    [{ of: 'ratio', by: 'median', atMost: 0.69 }, false],
  ])(
    '%j is judged by the quartile nearest to failing unless it names the median: %s',
    (goal, expected) => {
      expect(keepsGoal(metricWith(goal))).toBe(expected);
    },
  );
});

it.each<[Goal, string]>([
  [{ of: 'ratio', atLeast: 0.65 }, 'ratio >= 0.65'],
  [{ of: 'value', atMost: 100 }, 'value <= 100'],
  [{ of: 'ratio', by: 'median', atMost: 1.2 }, 'median ratio <= 1.2'],
])('goalText of %j is "%s"', (goal, text) => {
  expect(goalText(goal)).toBe(text);
});
