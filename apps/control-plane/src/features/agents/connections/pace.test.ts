import { expect, it } from 'vitest';
import { createPace, LINE_PACE } from './pace.ts';

it('lets a burst pass, then as much as time brings', () => {
  let now = 0;
  const delayAfter = createPace(LINE_PACE, () => now);

  expect(delayAfter(20_000)).toBe(0);
  expect(delayAfter(2_500)).toBe(500);
  now = 500;
  expect(delayAfter(0)).toBe(0);
  expect(delayAfter(500)).toBe(100);
  now = 60_000;
  expect(delayAfter(20_001)).toBeCloseTo(0.2);
});
