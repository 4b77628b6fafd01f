import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INITIAL_WINDOW_BYTES, ReceiveWindow } from './receive-window.ts';

const MAX_BYTES = 8 * 1024 * 1024;
const half = INITIAL_WINDOW_BYTES / 2;

function growth(nowMs: number, roundTripMs: number | undefined, hasBudget = true) {
  return { nowMs, roundTripMs, reserve: () => hasBudget };
}

function receive(window: ReceiveWindow, bytes: number): void {
  expect(window.accept(bytes)).toBe(true);
  expect(window.consume(bytes)).toBe(true);
}

describe('receive window', () => {
  it('accepts its limit and not a byte more', () => {
    const window = new ReceiveWindow(MAX_BYTES);

    expect(window.accept(INITIAL_WINDOW_BYTES)).toBe(true);
    expect(window.accept(1)).toBe(false);
  });

  it('returns credit once half of it was consumed', () => {
    const window = new ReceiveWindow(MAX_BYTES);
    window.accept(half);

    expect(window.consume(half - 1)).toBe(false);
    expect(window.consume(1)).toBe(true);
    expect(window.grant(growth(0, undefined))).toBe(half);
  });

  it('doubles while half of it passes within a round trip, up to its limit', () => {
    const window = new ReceiveWindow(MAX_BYTES);
    receive(window, half);
    window.grant(growth(0, 50));

    for (let round = 1; round <= 10; round += 1) {
      receive(window, window.limitBytes / 2);
      window.grant(growth(round, 50));
    }

    expect(window.limitBytes).toBe(MAX_BYTES);
  });

  it.each([
    ['on a path that is short enough', growth(100, 50)],
    ['while the path is unknown', growth(1, undefined)],
    ['without budget', growth(1, 50, false)],
  ])('stays as it is %s', (_name, second) => {
    const window = new ReceiveWindow(MAX_BYTES);
    receive(window, half);
    window.grant(growth(0, 50));
    receive(window, half);

    expect(window.grant(second)).toBe(half);
    expect(window.limitBytes).toBe(INITIAL_WINDOW_BYTES);
  });

  it('never lets the peer have more than the limit, whatever the schedule', () => {
    const step = fc.record({ bytes: fc.integer({ min: 1, max: 100_000 }), nowMs: fc.nat(100) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const window = new ReceiveWindow(1024 * 1024);
        let credit = INITIAL_WINDOW_BYTES;
        let held = 0;
        for (const { bytes, nowMs } of steps) {
          const sent = Math.min(bytes, credit);
          credit -= sent;
          expect(window.accept(sent)).toBe(true);
          held += sent;
          const taken = Math.min(held, bytes);
          held -= taken;
          if (window.consume(taken)) credit += window.grant(growth(nowMs, 50));
          expect(held + credit).toBeLessThanOrEqual(window.limitBytes);
        }
      }),
    );
  });
});
