import { describe, expect, it } from 'vitest';
import { readMoment } from './moment.ts';

const NOW_MS = Date.parse('2026-11-21T09:00:00Z');

describe('readMoment', () => {
  it.each([
    ['15m', '2026-11-21T08:45:00.000Z'],
    ['2h', '2026-11-21T07:00:00.000Z'],
    ['3d', '2026-11-18T09:00:00.000Z'],
    ['2026-11-21T09:00:00Z', '2026-11-21T09:00:00.000Z'],
    ['2026-11-21 09:00:00+01:00', '2026-11-21T08:00:00.000Z'],
  ])('takes %s for %s', (text, moment) => {
    expect(readMoment(text, NOW_MS)).toBe(moment);
  });

  it.each(['', 'yesterday', '15', '5 m', '1e3m', '2026-13-99', '9'])('refuses "%s"', (text) => {
    expect(() => readMoment(text, NOW_MS)).toThrow('It must be a time');
  });
});
