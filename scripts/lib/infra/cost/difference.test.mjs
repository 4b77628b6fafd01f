import { describe, expect, it } from 'vitest';
import { costDifference, differences } from './difference.mjs';

const TOTAL = { always: 3072, scheduled: 1555, spot: 1816, scheduledSpot: 1125 };
const NO_SPOT = { always: 3085, scheduled: 1567, spot: null, scheduledSpot: null };

describe('the difference of cost', () => {
  it('names each way to run that costs more or less', () => {
    const after = { 'sr-ha': { ...TOTAL, always: 3109, spot: 1800.2 }, pubsec: NO_SPOT };

    expect(differences({ 'sr-ha': TOTAL, pubsec: NO_SPOT }, after)).toEqual([
      'sr-ha: 24x7 3072 → 3109 USD a month (+37)',
      'sr-ha: spot 1816 → 1800 USD a month (-16)',
    ]);
  });

  it('names patterns that come and go', () => {
    expect(differences({ old: TOTAL }, { next: TOTAL })).toEqual(['old: is gone', 'next: is new']);
  });

  it('is not known of a commit without an estimate, and none where nothing changed', async () => {
    expect(await costDifference('0'.repeat(40))).toEqual([
      expect.stringContaining('no estimate to compare with'),
    ]);
    expect(differences({ a: TOTAL }, { a: TOTAL })).toEqual(['The cost of no pattern changes']);
  });
});
