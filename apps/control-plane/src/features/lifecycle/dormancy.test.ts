import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideDormancy, type DormancyFacts } from './dormancy.ts';

const DAY_MS = 86_400_000;
const START = new Date('2026-11-01T08:00:00Z');

function day(number: number): Date {
  return new Date(START.getTime() + number * DAY_MS);
}

function facts(change: Partial<DormancyFacts> = {}): DormancyFacts {
  return {
    ...{ now: day(0), isServer: false, isRunning: false, keepUntil: null, unusedSince: START },
    ...{ dormantDays: 30, deleteDays: 14, dormantSince: null, deletesAt: null },
    ...change,
  };
}

function actionOf(change: Partial<DormancyFacts>) {
  return decideDormancy(facts(change)).action;
}

describe('dormancy', () => {
  it('begins after the days without use; what runs is stopped first', () => {
    expect(actionOf({ now: day(29.9) })).toBe('keep');
    expect(decideDormancy(facts({ now: day(30) }))).toMatchObject({
      action: 'sleep',
      reason: 'Nobody used it for 30 days',
    });
    expect(actionOf({ now: day(30), isRunning: true })).toBe('stop');
  });

  it('never begins where it is off, for servers, and for what is kept', () => {
    const now = day(9_999);
    expect(actionOf({ now, dormantDays: 0 })).toBe('keep');
    expect(actionOf({ now, isServer: true })).toBe('keep');
    expect(actionOf({ now, keepUntil: day(10_000) })).toBe('keep');
    expect(actionOf({ now, keepUntil: day(9_000) })).toBe('sleep');
  });

  it('ends with a start, and where it is turned off', () => {
    expect(actionOf({ now: day(40), dormantSince: day(30), isRunning: true })).toBe('wake');
    expect(actionOf({ now: day(40), dormantSince: day(30), dormantDays: 0 })).toBe('wake');
  });

  it('is followed by a warning three days before the deletion', () => {
    const asleep = { dormantSince: day(30) };
    expect(actionOf({ ...asleep, now: day(40.9) })).toBe('keep');
    expect(decideDormancy(facts({ ...asleep, now: day(41) }))).toMatchObject({
      action: 'warn',
      deletesAt: day(44),
    });
    const warned = { ...asleep, deletesAt: day(44) };
    expect(actionOf({ ...warned, now: day(43.9) })).toBe('keep');
    expect(actionOf({ ...warned, now: day(44) })).toBe('delete');
    expect(actionOf({ ...warned, now: day(99), deleteDays: 0 })).toBe('keep');
  });

  it('that is noticed late is warned of first, and a later promise holds', () => {
    const asleep = { dormantSince: day(30), now: day(90) };
    expect(decideDormancy(facts(asleep))).toMatchObject({ action: 'warn', deletesAt: day(93) });
    expect(actionOf({ ...asleep, deletesAt: day(93) })).toBe('keep');
  });

  it('deletes nothing that runs, is no dormant one, or was not warned of in time', () => {
    const dates = fc.option(
      fc.integer({ min: -200, max: 200 }).map((days) => day(days / 2)),
      { nil: null },
    );
    const days = fc.integer({ min: 0, max: 60 });
    fc.assert(
      fc.property(
        fc.record({
          ...{ keepUntil: dates, dormantSince: dates, deletesAt: dates },
          ...{ dormantDays: days, deleteDays: days, isRunning: fc.boolean() },
        }),
        (change) => {
          const now = day(50);
          if (actionOf({ ...change, now }) !== 'delete') return;
          expect(change.isRunning).toBe(false);
          expect(change.dormantSince).not.toBeNull();
          expect(change.deletesAt !== null && change.deletesAt <= now).toBe(true);
          expect(change.dormantDays * change.deleteDays).toBeGreaterThan(0);
        },
      ),
    );
  });
});
