import { expect, it } from 'vitest';
import { createFloodLimit } from './flood-limit.ts';

function passing(limit: { allows(): boolean }, lines: number): number {
  return Array.from({ length: lines }, () => limit.allows()).filter(Boolean).length;
}

it('lets a burst pass and counts what is over', () => {
  const limit = createFloodLimit(() => 0);

  expect(passing(limit, 6_000)).toBe(5_000);
  expect(limit.takeDropped()).toBe(1_000);
  expect(limit.takeDropped()).toBe(0);
});

it('refills with time, but never above the burst', () => {
  let now = 0;
  const limit = createFloodLimit(() => now);
  passing(limit, 5_000);

  now = 500;
  expect(passing(limit, 1_000)).toBe(500);
  now = 1_000_000;
  expect(passing(limit, 10_000)).toBe(5_000);
});
