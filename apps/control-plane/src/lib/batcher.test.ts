import { describe, expect, it } from 'vitest';
import { createBatcher } from './batcher.ts';

class RefusedRowError extends Error {
  readonly code = '23503';
}

/** Stores numbers; a negative one is refused with all that came with it. */
function createStore(
  options: {
    maxSize?: number;
    sizeOf?: (item: number) => number;
    fail?: () => Error | undefined;
  } = {},
) {
  const batches: number[][] = [];
  const add = createBatcher<number, string>({
    maxSize: options.maxSize ?? 100,
    ...(options.sizeOf && { sizeOf: options.sizeOf }),
    run: async (items) => {
      await Promise.resolve();
      const failure = options.fail?.();
      if (failure) throw failure;
      if (items.some((item) => item < 0))
        throw new Error('insert failed', { cause: new RefusedRowError() });
      batches.push([...items]);
      return items.map((item) => `stored ${item}`);
    },
  });
  return { batches, add };
}

describe('a batcher', () => {
  it('gives each item its own result', async () => {
    const { add } = createStore();

    expect(await Promise.all([1, 2, 3].map(add))).toEqual(['stored 1', 'stored 2', 'stored 3']);
  });

  it('takes what is asked in one tick together, and what comes meanwhile next', async () => {
    const { add, batches } = createStore();

    const first = [add(1), add(2)];
    await Promise.resolve();
    await Promise.all([...first, add(3), add(4)]);

    expect(batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('takes no more than its limit at once, in order', async () => {
    const { add, batches } = createStore({ maxSize: 2 });

    await Promise.all([1, 2, 3, 4, 5].map(add));

    expect(batches).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('fills a batch by the size of the items, and takes one that is too large alone', async () => {
    const { add, batches } = createStore({ maxSize: 10, sizeOf: (item) => item });

    await Promise.all([4, 6, 3, 99, 7, 2].map(add));

    expect(batches).toEqual([[4, 6], [3], [99], [7, 2]]);
  });

  it('fails only the items that the database refuses, and keeps the order of the others', async () => {
    const { add, batches } = createStore();

    const outcomes = await Promise.allSettled([1, 2, -3, 4, 5, -6, 7].map(add));

    expect(outcomes.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
      ...['fulfilled', 'rejected', 'fulfilled'],
    ]);
    expect(batches.flat()).toEqual([1, 2, 4, 5, 7]);
  });

  it('fails all of a batch when the database can not be used, without asking for each', async () => {
    let asked = 0;
    const { add } = createStore({
      fail: () => {
        asked += 1;
        return new Error('connection lost');
      },
    });

    const outcomes = await Promise.allSettled([1, 2, 3].map(add));

    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(asked).toBe(1);
  });

  it('goes on after a failure', async () => {
    const failures = [new Error('connection lost')];
    const { add } = createStore({ fail: () => failures.shift() });
    await add(1).catch(() => undefined);

    expect(await add(2)).toBe('stored 2');
  });
});
