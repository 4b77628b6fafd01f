import { describe, expect, it } from 'vitest';
import { createLeaseJudge } from './lease-judge.ts';

const LIMITS = { silentAfterMs: 15_000, longestGapMs: 9_000 };

/** Looks every three seconds; returns what was said of the replica at each look. */
function looks(beats: readonly number[], everyMs = 3_000): boolean[] {
  const judge = createLeaseJudge(LIMITS);
  return beats.map((beat, index) => judge([{ id: 'a', beat }], index * everyMs).length > 0);
}

describe('the judge of leases', () => {
  it('takes a replica for dead whose counter stands still for longer than the limit', () => {
    expect(looks([1, 1, 1, 1, 1, 1, 1])).toEqual([...Array(6).fill(false), true]);
  });

  it('keeps one that counts, however slowly within the limit', () => {
    expect(looks([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])).not.toContain(true);
  });

  it('takes a counter that went back for a sign of life: nothing is compared but whether it changed', () => {
    expect(looks([9, 9, 9, 9, 9, 8, 8, 8, 8, 8])).not.toContain(true);
  });

  it('judges nobody over a time in which it could not look itself', () => {
    const judge = createLeaseJudge(LIMITS);
    const row = { id: 'a', beat: 1 };
    expect(judge([row], 0)).toEqual([]);
    expect(judge([row], 60_000)).toEqual([]);
    expect(judge([row], 63_000)).toEqual([]);
  });

  it('forgets who is gone', () => {
    const judge = createLeaseJudge(LIMITS);
    judge([{ id: 'a', beat: 1 }], 0);
    judge([], 8_000);
    judge([{ id: 'a', beat: 1 }], 16_000);
    expect(judge([{ id: 'a', beat: 1 }], 24_000)).toEqual([]);
  });
});
