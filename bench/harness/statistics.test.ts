import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantile, quartiles } from './statistics.ts';

describe('quartiles', () => {
  it('interpolates between neighbours', () => {
    expect(quartiles([4, 1, 3, 2])).toEqual({ lower: 1.75, median: 2.5, upper: 3.25 });
  });

  it('of one value are that value', () => {
    expect(quartiles([7])).toEqual({ lower: 7, median: 7, upper: 7 });
  });

  it('refuses an empty list', () => {
    expect(() => quartiles([])).toThrow('nothing');
  });

  it('stays between the extremes, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const { lower, median, upper } = quartiles(values);

        expect(Math.min(...values)).toBeLessThanOrEqual(lower);
        expect(lower).toBeLessThanOrEqual(median);
        expect(median).toBeLessThanOrEqual(upper);
        expect(upper).toBeLessThanOrEqual(Math.max(...values));
      }),
    );
  });
});

it('quantile returns the ends for 0 and 1', () => {
  expect([quantile([1, 5, 9], 0), quantile([1, 5, 9], 1)]).toEqual([1, 9]);
});
