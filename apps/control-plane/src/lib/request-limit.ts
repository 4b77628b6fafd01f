import type { Clock } from './clock.ts';

const WINDOW_MS = 60_000;

export interface RequestLimit {
  /** Counts a request: how many there were before it in this minute, and whether it is one too many. */
  count(key: string): { readonly before: number; readonly isOver: boolean };
}

/** createRequestLimit counts by the minute; keys that asked nothing in this one are forgotten. */
export function createRequestLimit(
  maxPerMinute: number,
  clock: Pick<Clock, 'monotonicMs'>,
): RequestLimit {
  let counts = new Map<string, number>();
  let endsMs = -Infinity;
  return {
    count(key) {
      const now = clock.monotonicMs();
      if (now >= endsMs) {
        counts = new Map();
        endsMs = now + WINDOW_MS;
      }
      const before = counts.get(key) ?? 0;
      counts.set(key, before + 1);
      return { before, isOver: before >= maxPerMinute };
    },
  };
}
