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

it('counts the time of what has no price, by project, and no part of a second twice', () => {
  const charges = createCharges(() => null);
  const running = [workspace('ada'), workspace('ada', 'café'), workspace('ada')];
  const seconds = [1_400, 1_400, 1_400].flatMap((elapsedMs) =>
    charges.of(running, elapsedMs).map((charge) => [charge.projectId, charge.seconds]),
  );

  expect(seconds).toEqual([
    ...[
      ['shop', 2],
      ['café', 1],
    ],
    ...[
      ['shop', 3],
      ['café', 1],
    ],
    ...[
      ['shop', 3],
      ['café', 2],
    ],
  ]);
});

function workspace(ownerId: string, projectId = 'shop') {
  return { organizationId: 'acme', ownerId, projectId };
}
