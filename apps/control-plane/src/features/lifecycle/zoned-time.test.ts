import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, dateAt, instantAt, weekdayOf } from './zoned-time.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
];

describe('instantAt', () => {
  it.each([
    ['an ordinary day', '2026-11-26', '06:45', 'America/New_York', '2026-11-26T11:45:00.000Z'],
    ['summer time', '2026-07-01', '18:15', 'America/New_York', '2026-07-01T22:15:00.000Z'],
    ['a time left out', '2026-03-29', '02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['a time that comes twice', '2026-10-25', '02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['half an hour back', '2026-04-05', '01:45', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z'],
  ])('finds %s', (_name, date, time, zone, instant) => {
    expect(instantAt(date, time, zone).toISOString()).toBe(instant);
  });

  const dates = fc.integer({ min: 0, max: 4000 }).map((days) => addDays('2020-01-01', days));
  const times = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);

  it('is on its date, and shows its time unless clocks left it out', () => {
    fc.assert(
      fc.property(dates, times, fc.constantFrom(...ZONES), (date, time, zone) => {
        const instant = instantAt(date, time, zone);
        const shown = instant.toLocaleTimeString('en-GB', { timeZone: zone }).slice(0, 5);

        expect(dateAt(instant, zone)).toBe(date);
        if (shown !== time) expect(shown > time).toBe(true);
      }),
    );
  });

  it('grows with the date and, but where clocks are put back, with the time', () => {
    fc.assert(
      fc.property(dates, times, fc.constantFrom(...ZONES), (date, time, zone) => {
        const instant = instantAt(date, time, zone).getTime();
        const nextDay = instantAt(addDays(date, 1), time, zone).getTime();

        expect(Math.abs(nextDay - instant - 86_400_000)).toBeLessThanOrEqual(3_600_000);
      }),
    );
  });
});

describe('dates', () => {
  it('have weekdays from Monday to Sunday', () => {
    expect(['2026-11-23', '2026-11-26', '2026-11-29'].map(weekdayOf)).toEqual([1, 4, 7]);
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  });
});
