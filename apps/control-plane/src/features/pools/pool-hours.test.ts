import { describe, expect, it } from 'vitest';
import { hoursOf, isOpen } from './pool-hours.ts';

const OFFICE = {
  ...{ timeZone: 'Europe/Berlin', weekdays: [1, 2, 3, 4, 5], holidays: ['2026-12-25'] },
  ...{ start: '06:45', stop: '18:15' },
};

function isOpenAt(text: string, schedule: Record<string, unknown> | null): boolean {
  return isOpen(hoursOf({ schedule }), new Date(text));
}

describe('a pool', () => {
  it('without hours is kept ready day and night', () => {
    expect(isOpenAt('2026-11-28T03:00:00Z', null)).toBe(true);
  });

  it.each([
    ['before they begin', '2026-11-26T05:44:00Z', false],
    ['from their start', '2026-11-26T05:45:00Z', true],
    ['until their stop', '2026-11-26T17:14:00Z', true],
    ['after it', '2026-11-26T17:15:00Z', false],
    ['at the weekend', '2026-11-28T12:00:00Z', false],
    ['on a holiday', '2026-12-25T12:00:00Z', false],
  ])('with hours, %s', (_words, at, open) => {
    expect(isOpenAt(at, OFFICE)).toBe(open);
  });

  it('with hours over midnight is kept ready in the night', () => {
    const night = { ...OFFICE, start: '22:00', stop: '06:00' };
    expect(isOpenAt('2026-11-27T02:00:00Z', night)).toBe(true);
    expect(isOpenAt('2026-11-27T12:00:00Z', night)).toBe(false);
  });
});
