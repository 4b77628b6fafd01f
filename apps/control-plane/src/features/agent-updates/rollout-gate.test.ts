import { describe, expect, it } from 'vitest';
import { createBandwidth } from './bandwidth.ts';
import { judge, NO_MEMBERS } from './rollout-gate.ts';
import { planStages } from './rollout-plan.ts';

function counts(rest: Partial<typeof NO_MEMBERS>): typeof NO_MEMBERS {
  return { ...NO_MEMBERS, ...rest };
}
const input = { stage: 0, maxFailures: 1, reachable: 0 };

describe('the gate', () => {
  it.each([
    ['halts with one failure too many', [{ done: 97, failed: 2 }], 'halt'],
    ['bears as many as were granted', [{ done: 99, failed: 1 }, { waiting: 5 }], 'next'],
    ['waits for those under way', [{ done: 5, trying: 1 }, { waiting: 5 }], 'go on'],
    ['waits while nobody was there', [{ waiting: 2 }, { waiting: 5 }], 'go on'],
    ['passes those by who are away', [{ done: 1, waiting: 1 }, { waiting: 5 }], 'next'],
    ['passes those by who cannot', [{ unable: 2 }, { waiting: 5 }], 'next'],
    ['ends after the last stage', [{ done: 5 }], 'complete'],
  ] as const)('%s', (_what, stages, kind) => {
    expect(judge({ ...input, counts: stages.map(counts) }).kind).toBe(kind);
  });
});

describe('stages', () => {
  const candidates = Array.from({ length: 1_000 }, (_, index) => ({
    ...{ workspaceId: `id-${index}`, name: `m-${index}`, isOnline: index % 2 === 1 },
  }));

  it('have everybody once, and first those that are there', () => {
    const planned = planStages(candidates, [
      { servers: ['m-0', 'id-2'] },
      { percent: 5 },
      { percent: 25 },
    ]);
    expect(planned.map(({ members }) => members.length)).toEqual([2, 48, 200, 750]);
    expect(new Set(planned.flatMap(({ members }) => members)).size).toBe(1_000);
    expect(planned[1]?.members.every((id) => Number(id.slice(3)) % 2 === 1)).toBe(true);
  });
});

describe('bandwidth', () => {
  it('is shared by all who take of it', async () => {
    const waits: number[] = [];
    const { take } = createBandwidth({
      ...{ bytesPerSecond: 1_000, monotonicMs: () => 0 },
      wait: async (ms) => void waits.push(ms),
    });
    await Promise.all([take(500), take(500), take(500)]);
    expect(waits).toEqual([500, 1_000]);
  });
});
