import { describe, expect, it } from 'vitest';
import { decide, type Facts } from './decide.ts';

const GIB = 1024 ** 3;
const START = new Date('2026-11-26T08:00:00Z');

function after(minutes: number): Date {
  return new Date(START.getTime() + minutes * 60_000);
}

function decideWith(usedGib: number, change: Partial<Facts> = {}) {
  return decide({
    ...{ now: after(60), runningSince: START, isServer: false, activity: {}, idleMinutes: 0 },
    ...{ schedule: null, scheduleSetAt: null, keepUntil: null, warnedOf: null },
    disk: { usedBytes: usedGib * GIB, limitBytes: 5 * GIB },
    ...change,
  });
}

describe('a workspace beyond its disk limit', () => {
  it('goes on up to a fifth beyond it', () => {
    expect(decideWith(5)).toMatchObject({ action: 'keep', rule: 'idle' });
    expect(decideWith(6)).toMatchObject({ action: 'keep', rule: 'idle' });
  });

  it('is warned beyond that, whoever asked to keep it, and stopped ten minutes later', () => {
    const kept = { keepUntil: after(900) };

    expect(decideWith(6.5, kept)).toEqual({
      ...{ action: 'warn', rule: 'disk', stopsAt: after(70) },
      reason:
        'It takes 6.5 GiB of disk: its size permits 5 GiB, and beyond 6 GiB it is stopped. Remove files, or choose a larger size',
    });
    expect(decideWith(6.5, { ...kept, warnedOf: after(60) })).toMatchObject({ action: 'stop' });
  });

  it('is stopped a minute after the warning when it takes twice as much', () => {
    expect(decideWith(11)).toMatchObject({ action: 'warn', stopsAt: after(61) });
    expect(decideWith(11, { warnedOf: after(60) })).toMatchObject({ action: 'stop' });
  });

  it('can be started for ten minutes to make room', () => {
    const now = after(2);

    expect(decideWith(11, { now })).toMatchObject({ action: 'warn', stopsAt: after(10) });
    expect(decideWith(11, { now, warnedOf: after(10) })).toMatchObject({ action: 'warn' });
  });

  it('is never stopped when it is a server', () => {
    expect(decideWith(50, { isServer: true })).toMatchObject({ action: 'keep', rule: 'server' });
  });
});
