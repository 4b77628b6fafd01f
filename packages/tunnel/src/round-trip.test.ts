import { expect, it } from 'vitest';
import { RoundTrip } from './round-trip.ts';

it('knows nothing before the first sample', () => {
  expect(new RoundTrip().estimateMs).toBeUndefined();
});

it('believes a shorter path at once and a longer one slowly', () => {
  const roundTrip = new RoundTrip();
  roundTrip.add(40);
  roundTrip.add(10);
  expect(roundTrip.estimateMs).toBe(10);

  roundTrip.add(100);
  expect(roundTrip.estimateMs).toBeCloseTo(10.5);

  for (let sample = 0; sample < 100; sample += 1) roundTrip.add(100);
  expect(roundTrip.estimateMs).toBe(100);
});
