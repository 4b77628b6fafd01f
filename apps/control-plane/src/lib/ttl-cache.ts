import type { Clock } from './clock.ts';

export interface TtlCacheOptions {
  readonly ttlMs: number;
  /** Beyond it the cache begins anew: strangers may choose the keys. */
  readonly maxEntries: number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** TtlCache remembers answers for a short time, so that what every request asks is asked once. */
export interface TtlCache<Value> {
  /** Asks when nothing young enough is remembered; undefined and failures are never remembered. */
  get(key: string, ask: () => Promise<Value | undefined>): Promise<Value | undefined>;
  forget(): void;
}

export function createTtlCache<Value>({
  ttlMs,
  maxEntries,
  clock,
}: TtlCacheOptions): TtlCache<Value> {
  const entries = new Map<string, { readonly value: Value; readonly untilMs: number }>();
  /** What was asked before things were forgotten may be outdated when the answer comes. */
  let era = 0;

  async function ask(key: string, askNow: () => Promise<Value | undefined>) {
    const askedIn = era;
    const value = await askNow();
    if (value === undefined || askedIn !== era) return value;
    if (entries.size >= maxEntries) entries.clear();
    entries.set(key, { value, untilMs: clock.monotonicMs() + ttlMs });
    return value;
  }

  return {
    async get(key, askNow) {
      const known = entries.get(key);
      if (known && known.untilMs > clock.monotonicMs()) return known.value;
      entries.delete(key);
      return ask(key, askNow);
    },
    forget() {
      era += 1;
      entries.clear();
    },
  };
}
