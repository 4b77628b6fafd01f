import { describe, expect, it } from 'vitest';
import { estimateCost, type CostInput, type InfraPattern } from './infra-cost.ts';

const OFFICE = { hoursPerWeek: 57.5, hoursPerWorkday: 11.5, holidaysPerYear: 0 };

function costOf(pattern: InfraPattern, change: Partial<CostInput> = {}) {
  return estimateCost({
    pattern,
    workspaces: 40,
    ...OFFICE,
    spotDiscountPercent: 70,
    onDemandPercent: 20,
    ...change,
  });
}

/** Dollars a month that were worked out by hand, for 8 m5.2xlarge and 40 workspaces. */
const BY_HAND = [
  { pattern: 'sr-simple', always: 2671, scheduled: 1154, spot: 1415, scheduledSpot: 724 },
  { pattern: 'sr-ha', always: 3074, scheduled: 1557, spot: 1818, scheduledSpot: 1127 },
] as const;

describe('the cost of a deployment', () => {
  it.each(BY_HAND)('of $pattern is within one per cent of what was worked out', (known) => {
    const { total } = costOf(known.pattern);

    for (const kind of ['always', 'scheduled', 'spot', 'scheduledSpot'] as const) {
      expect(Math.abs((total[kind] ?? 0) / known[kind] - 1), kind).toBeLessThan(0.01);
    }
  });

  it('of pubsec with NAT gateways is within one per cent of what was worked out, and has no spot', () => {
    const { total } = costOf('pubsec', { natGateways: 3 });

    expect(Math.abs(total.always / 3202 - 1)).toBeLessThan(0.01);
    expect(Math.abs(total.scheduled / 1684 - 1)).toBeLessThan(0.01);
    expect(total).toMatchObject({ spot: null, scheduledSpot: null });
  });

  it.each([
    { discount: 50, saving: 40, withSchedule: 79.5 },
    { discount: 60, saving: 48, withSchedule: 82.2 },
    { discount: 70, saving: 56, withSchedule: 84.9 },
  ])(
    'of machines falls by $saving % with a discount of $discount %',
    ({ discount, saving, withSchedule }) => {
      const [machines] = costOf('sr-ha', { spotDiscountPercent: discount }).items;
      const saved = (usd = 0) => 100 * (1 - usd / (machines?.always ?? 0));

      expect(saved(machines?.spot ?? 0)).toBeCloseTo(saving, 1);
      expect(saved(machines?.scheduledSpot ?? 0)).toBeCloseTo(withSchedule, 1);
    },
  );

  it('counts 249.9 hours of a month as office hours, and 239 with eleven holidays', () => {
    expect(costOf('sr-ha').hoursPerMonth.scheduled).toBeCloseTo(249.9, 1);
    expect(costOf('sr-ha', { holidaysPerYear: 11 }).hoursPerMonth.scheduled).toBeCloseTo(239.3, 1);
  });

  it('is the floor when there are no workspaces', () => {
    const { total, workspaceNodes } = costOf('sr-simple', { workspaces: 0 });

    expect(workspaceNodes).toBe(0);
    expect(total.scheduledSpot).toBe(total.always);
  });

  it('never has less than no hours, whatever the holidays', () => {
    const { hoursPerMonth } = costOf('sr-ha', { hoursPerWeek: 5, holidaysPerYear: 300 });

    expect(hoursPerMonth.scheduled).toBe(0);
  });
});
