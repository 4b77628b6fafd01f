import { describe, expect, it } from 'vitest';
import { createUseMeter } from './use-meter.ts';

function uses(
  interactive: boolean,
  sent: readonly (readonly [atSeconds: number, bytes: number])[],
) {
  let nowMs = 0;
  let count = 0;
  const meter = createUseMeter({
    interactive,
    clock: { now: () => new Date(nowMs) },
    onUse: () => (count += 1),
  });
  for (const [atSeconds, bytes] of sent) {
    nowMs = atSeconds * 1_000;
    meter(bytes);
  }
  return count;
}

function everyFewSeconds(seconds: number, bytes: number) {
  return Array.from({ length: 100 }, (_, index) => [index * seconds, bytes] as const);
}

describe('use of SSH', () => {
  it('is what a person types', () => {
    expect(uses(true, everyFewSeconds(0.2, 40))).toBeGreaterThan(0);
  });

  it('is a transfer', () => {
    expect(uses(false, [[0, 32_768]])).toBe(1);
  });

  it('is not that a terminal was left open', () => {
    expect(uses(true, everyFewSeconds(30, 80))).toBe(0);
  });

  it('is not that an editor was left open', () => {
    expect(uses(false, everyFewSeconds(5, 200))).toBe(0);
  });
});
