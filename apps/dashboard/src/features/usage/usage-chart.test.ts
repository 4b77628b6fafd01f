import { describe, expect, it } from 'vitest';
import { pathOf, pointsOf, topOf } from './usage-chart.ts';

function sample(second: number, cpus: number | null) {
  return {
    ...{ at: new Date(second * 1000).toISOString(), cpus, memoryBytes: 1, diskBytes: null },
    ...{ receivedBytesPerSecond: null, sentBytesPerSecond: null },
  };
}

describe('a chart', () => {
  it('leaves out what is not known', () => {
    expect(pointsOf([sample(0, null), sample(10, 0.5)], 'cpus')).toEqual([
      { atMs: 10_000, value: 0.5 },
    ]);
  });

  it.each([
    ['a limit near the peak', [1, 2], 2, 2.3],
    ['no limit', [1, 2], null, 2.3],
    ['a limit far above', [0.01], 8, 0.0115],
    ['nothing in use', [0], 8, 8],
    ['nothing known', [], null, 1],
  ])('has room for %s', (_name, values, limit, top) => {
    const points = values.map((value, index) => ({ atMs: index, value }));

    expect(topOf(points, limit)).toBeCloseTo(top);
  });

  it('breaks its line where samples are missing', () => {
    const points = [0, 10, 60, 70].map((atMs) => ({ atMs, value: 1 }));

    const path = pathOf(points, { fromMs: 0, toMs: 100, top: 2, gapMs: 25 });

    expect(path).toBe('M0.0 50.0L60.0 50.0M360.0 50.0L420.0 50.0');
  });
});
