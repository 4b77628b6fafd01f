import { ScheduleSchema, type Schedule } from '@spt-flow/shared/domain/schedule';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { momentsOf } from './schedule-moments.ts';

const OFFICE: Schedule = {
  timeZone: 'America/New_York',
  weekdays: [1, 2, 3, 4, 5],
  start: '06:45',
  stop: '18:15',
  holidays: ['2026-11-26'],
};

function textsOf(schedule: Schedule, now: string) {
  const moments: Record<string, Date | null> = { ...momentsOf(schedule, new Date(now)) };
  return Object.fromEntries(
    Object.entries(moments).map(([name, at]) => [name, at && at.toISOString().slice(0, 16)]),
  );
}

describe('the moments of a schedule', () => {
  it('are those around a working hour', () => {
    expect(textsOf(OFFICE, '2026-11-25T15:00:00Z')).toEqual({
      lastStart: '2026-11-25T11:45',
      nextStart: '2026-11-27T11:45',
      lastStop: '2026-11-24T23:15',
      nextStop: '2026-11-25T23:15',
      openUntil: '2026-11-25T23:15',
    });
  });

  it('leave out weekends and holidays', () => {
    expect(textsOf(OFFICE, '2026-11-26T15:00:00Z')).toMatchObject({
      lastStop: '2026-11-25T23:15',
      nextStart: '2026-11-27T11:45',
      openUntil: null,
    });
    expect(textsOf(OFFICE, '2026-11-28T15:00:00Z')).toMatchObject({
      nextStart: '2026-11-30T11:45',
      openUntil: null,
    });
  });

  it('stay at the time on the wall when clocks are put forward', () => {
    expect(textsOf(OFFICE, '2026-03-06T12:00:00Z')).toMatchObject({
      lastStart: '2026-03-06T11:45',
    });
    expect(textsOf(OFFICE, '2026-03-09T12:00:00Z')).toMatchObject({
      lastStart: '2026-03-09T10:45',
    });
  });

  it('end a night shift on the next day, also on the last weekday', () => {
    const night: Schedule = { ...OFFICE, weekdays: [5], start: '22:00', stop: '06:00' };

    expect(textsOf(night, '2026-11-28T08:00:00Z')).toMatchObject({
      lastStart: '2026-11-28T03:00',
      openUntil: '2026-11-28T11:00',
    });
    expect(textsOf(night, '2026-11-28T12:00:00Z')).toMatchObject({
      lastStop: '2026-11-28T11:00',
      openUntil: null,
    });
  });

  it('are none where there is no start or no day', () => {
    const onlyStop: Schedule = { ...OFFICE, start: null };
    expect(momentsOf(onlyStop, new Date('2026-11-25T15:00:00Z'))).toMatchObject({
      lastStart: null,
      nextStart: null,
      openUntil: null,
    });
  });

  it('are in order at any instant, in any place', () => {
    const schedules = fc.record({
      timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Auckland'),
      weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      start: fc.constantFrom('00:00', '02:30', '06:45', '23:59'),
      stop: fc.constantFrom('00:00', '02:30', '06:45', '18:15', '23:59'),
      holidays: fc.constant<string[]>([]),
    });
    const instants = fc.date({
      min: new Date('2026-01-01'),
      max: new Date('2027-12-31'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(schedules, instants, (schedule, now) => {
        const { lastStart, nextStart, lastStop, nextStop, openUntil } = momentsOf(schedule, now);

        for (const past of [lastStart, lastStop]) expect(past && past <= now).toBe(true);
        for (const coming of [nextStart, nextStop]) expect(coming && coming > now).toBe(true);
        if (openUntil) expect(openUntil > now).toBe(true);
        if (openUntil && lastStart) expect(openUntil > lastStart).toBe(true);
      }),
    );
  });
});

describe('a schedule', () => {
  it.each([
    ['no time zone', { timeZone: 'Mars/Olympus' }],
    ['no time', { start: '25:00' }],
    ['neither start nor stop', { start: null, stop: null }],
    ['no weekday', { weekdays: [] }],
    ['a date that does not exist', { holidays: ['2026-02-30'] }],
    ['something else', { color: 'red' }],
  ])('with %s is refused', (_name, change) => {
    expect(ScheduleSchema.safeParse({ ...OFFICE, ...change }).success).toBe(false);
  });
});
