import { expect, it } from 'vitest';
import { backoffDelayMs } from './backoff.ts';

it.each([
  [0, 250],
  [1, 500],
  [3, 2_000],
  [6, 10_000],
  [5_000, 10_000],
])('after %i failures waits at most %i ms', (failures, ceilingMs) => {
  expect(backoffDelayMs(failures, () => 1)).toBe(ceilingMs);
  expect(backoffDelayMs(failures, () => 0.5)).toBe(ceilingMs / 2);
  expect(backoffDelayMs(failures, () => 0)).toBe(0);
});
