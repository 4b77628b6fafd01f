import { expect, it } from 'vitest';
import { createCharges } from './charges.ts';

const SWEEP_MS = 20_000;

it('adds up to the price, however small each charge is', () => {
  const charges = createCharges(() => 0.000_05);
  const spent = new Map<string, number>();

  for (let sweep = 0; sweep < 1_800; sweep += 1) {
    const running = [workspace('ada'), workspace('ada'), workspace('bob')];
    for (const { userId, micros } of charges.of(running, SWEEP_MS)) {
      expect(Number.isInteger(micros)).toBe(true);
      spent.set(userId, (spent.get(userId) ?? 0) + micros);
    }
  }

  // Ten hours of 50 micro-units; what is not whole yet is charged later.
  expect([...spent]).toEqual([
    ['ada', 1_000],
    ['bob', 500],
  ]);
});

it('charges nothing for what has no price', () => {
  expect(createCharges(() => null).of([workspace('ada')], SWEEP_MS)).toEqual([]);
});

function workspace(ownerId: string) {
  return { organizationId: 'acme', ownerId };
}
