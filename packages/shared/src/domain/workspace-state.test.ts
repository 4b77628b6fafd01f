import { describe, expect, it } from 'vitest';
import { ACTUAL_STATES, DESIRED_STATES, transitionFor } from './workspace-state.ts';

describe('transitionFor', () => {
  it.each([
    ['running', 'created', 'start'],
    ['running', 'stopped', 'start'],
    ['running', 'failed', 'start'],
    ['running', 'running', undefined],
    ['stopped', 'running', 'stop'],
    ['stopped', 'failed', 'stop'],
    ['stopped', 'created', undefined],
    ['stopped', 'stopped', undefined],
    ['deleted', 'created', 'delete'],
    ['deleted', 'running', 'delete'],
    ['deleted', 'deleted', undefined],
    ['running', 'deleted', undefined],
  ] as const)('desired %s and actual %s: %s', (desired, actual, kind) => {
    expect(transitionFor(desired, actual)).toBe(kind);
  });

  it('brings nothing back that is deleted', () => {
    expect(DESIRED_STATES.map((desired) => transitionFor(desired, 'deleted'))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('always has a way to delete what is there', () => {
    const present = ACTUAL_STATES.filter((state) => state !== 'deleted');

    expect(present.map((actual) => transitionFor('deleted', actual))).toEqual(
      present.map(() => 'delete'),
    );
  });
});
