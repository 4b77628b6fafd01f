import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INITIAL_WINDOW_BYTES, ReceiveWindow } from './receive-window.ts';
import { WindowBudget } from './window-budget.ts';

const MIB = 1024 * 1024;
const MAX_BYTES = 8 * MIB;
const ROUND_TRIP_MS = 50;
const half = INITIAL_WINDOW_BYTES / 2;

function createWindow(budget = new WindowBudget(64 * MIB)): ReceiveWindow {
  return new ReceiveWindow({ maxBytes: MAX_BYTES, budget });
}

/** Half of the window arrives and is consumed; answers the credit. */
function passHalf(window: ReceiveWindow, nowMs: number, roundTripMs?: number): number {
  const bytes = window.limitBytes / 2;
  expect(window.accept(bytes)).toBe(true);
  expect(window.consume(bytes)).toBe(true);
  return window.grant({ nowMs, roundTripMs });
}

/** A sender that fills its window in each round trip. */
function growToMaximum(window: ReceiveWindow, startMs = 0): number {
  let nowMs = startMs;
  for (let round = 0; round < 100; round += 1) {
    nowMs += ROUND_TRIP_MS / 2;
    passHalf(window, nowMs, ROUND_TRIP_MS);
  }
  return nowMs;
}

describe('receive window', () => {
  it('accepts its limit and not a byte more', () => {
    const window = createWindow();

    expect(window.accept(INITIAL_WINDOW_BYTES)).toBe(true);
    expect(window.accept(1)).toBe(false);
  });

  it('returns credit once half of it was consumed', () => {
    const window = createWindow();
    window.accept(half);

    expect(window.consume(half - 1)).toBe(false);
    expect(window.consume(1)).toBe(true);
    expect(window.grant({ nowMs: 0, roundTripMs: undefined })).toBe(half);
  });

  it('doubles up to its limit while a round trip takes more than half of it', () => {
    const window = createWindow();

    growToMaximum(window);

    expect(window.limitBytes).toBe(MAX_BYTES);
  });

  it('halves down to what every stream has while a round trip takes less than an eighth of it', () => {
    const window = createWindow();
    let nowMs = growToMaximum(window);

    for (let round = 0; round < 20; round += 1) {
      nowMs += 6 * ROUND_TRIP_MS;
      passHalf(window, nowMs, ROUND_TRIP_MS);
    }

    expect(window.limitBytes).toBe(INITIAL_WINDOW_BYTES);
  });

  it('keeps its size after an interruption, which tells nothing of the path', () => {
    const window = createWindow();
    const nowMs = growToMaximum(window);

    passHalf(window, nowMs + 100 * ROUND_TRIP_MS, ROUND_TRIP_MS);

    expect(window.limitBytes).toBe(MAX_BYTES);
  });

  it.each([
    ['that is short enough', 100, ROUND_TRIP_MS],
    ['that is unknown', ROUND_TRIP_MS, undefined],
    ['seen for less than a round trip', ROUND_TRIP_MS - 1, ROUND_TRIP_MS],
    ['seen for a turn of the event loop', 1, 0.5],
  ])('stays as it is on a path %s', (_name, nowMs, roundTripMs) => {
    const window = createWindow();
    passHalf(window, 0, roundTripMs);

    expect(passHalf(window, nowMs, roundTripMs)).toBe(half);
    expect(window.limitBytes).toBe(INITIAL_WINDOW_BYTES);
  });

  it('grows within a budget that others get back when it is over', () => {
    const budget = new WindowBudget(MAX_BYTES - INITIAL_WINDOW_BYTES);
    const first = createWindow(budget);
    const second = createWindow(budget);
    growToMaximum(first);
    const nowMs = growToMaximum(second);
    expect(second.limitBytes).toBe(INITIAL_WINDOW_BYTES);

    first.release();
    growToMaximum(second, nowMs);

    expect(second.limitBytes).toBe(MAX_BYTES);
  });

  it('never lets the peer have more than the limit, nor nothing, whatever the schedule', () => {
    const step = fc.record({
      sentBytes: fc.integer({ min: 1, max: MIB }),
      takenBytes: fc.integer({ min: 1, max: MIB }),
      passedMs: fc.integer({ min: 0, max: 10 * ROUND_TRIP_MS }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const window = createWindow();
        let credit = INITIAL_WINDOW_BYTES;
        let held = 0;
        let nowMs = 0;
        for (const { sentBytes, takenBytes, passedMs } of steps) {
          const sent = Math.min(sentBytes, credit);
          credit -= sent;
          held += sent;
          nowMs += passedMs;
          expect(window.accept(sent)).toBe(true);
          const taken = Math.min(held, takenBytes);
          held -= taken;
          const path = { nowMs, roundTripMs: ROUND_TRIP_MS };
          if (window.consume(taken)) credit += window.grant(path);
          expect(held + credit).toBeLessThanOrEqual(window.limitBytes);
          expect(held + credit).toBeGreaterThan(0);
        }
      }),
    );
  });
});
