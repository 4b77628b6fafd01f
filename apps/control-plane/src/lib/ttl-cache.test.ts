import { beforeEach, describe, expect, it } from 'vitest';
import { createTtlCache, type TtlCache } from './ttl-cache.ts';

let nowMs: number;
let asked: string[];
let cache: TtlCache<string>;

beforeEach(() => {
  nowMs = 0;
  asked = [];
  cache = createTtlCache({ ttlMs: 1_000, maxEntries: 3, clock: { monotonicMs: () => nowMs } });
});

function get(key: string, answer: string | undefined = `answer ${key}`) {
  return cache.get(key, async () => {
    asked.push(key);
    return answer;
  });
}

describe('the cache', () => {
  it('asks once within its time, and again after it', async () => {
    expect([await get('a'), await get('a')]).toEqual(['answer a', 'answer a']);
    nowMs = 1_000;
    await get('a');

    expect(asked).toEqual(['a', 'a']);
  });

  it('never remembers that there is nothing, nor a failure', async () => {
    const failing = cache.get('b', () => Promise.reject(new Error('away')));
    await expect(failing).rejects.toThrow('away');
    await cache.get('a', async () => undefined);

    expect([await get('a'), await get('b')]).toEqual(['answer a', 'answer b']);
  });

  it('forgets on request, also what is on its way', async () => {
    let arrive: (value: string) => void = () => undefined;
    const underway = cache.get('a', () => new Promise((resolve) => (arrive = resolve)));
    cache.forget();
    arrive('outdated');
    expect(await underway).toBe('outdated');

    expect(await get('a')).toBe('answer a');
  });

  it('stays small', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await get(key);
    await get('d');
    await get('a');

    expect(asked).toEqual(['a', 'b', 'c', 'd', 'a']);
  });
});
