import { describe, expect, it } from 'vitest';
import { createLatestOnly } from './latest-only.ts';

describe('work that only its latest state counts for', () => {
  it('is done once more when it was asked for meanwhile, however often', async () => {
    const runs: (() => void)[] = [];
    const ask = createLatestOnly(() => new Promise((resolve) => runs.push(resolve)), {
      pause: async () => undefined,
      onError: () => undefined,
    });
    ask('a');
    for (let round = 0; round < 10; round += 1) ask('a');
    expect(runs).toHaveLength(1);

    runs[0]?.();
    await expect.poll(() => runs.length).toBe(2);
    runs[1]?.();
    await new Promise(setImmediate);

    expect(runs).toHaveLength(2);
  });

  it('waits longer each time for who asks without end, and begins anew for who asks again later', async () => {
    const pauses: { round: number; end: () => void }[] = [];
    let runs = 0;
    const ask = createLatestOnly(
      async () => {
        runs += 1;
      },
      {
        pause: (round) => new Promise<void>((end) => pauses.push({ round, end })),
        onError: () => undefined,
      },
    );
    ask('a');
    await expect.poll(() => pauses.length).toBe(1);
    ask('a');
    ask('a');
    expect(runs).toBe(1);

    pauses[0]?.end();
    await expect.poll(() => pauses.length).toBe(2);
    pauses[1]?.end();
    await new Promise(setImmediate);
    ask('a');
    await expect.poll(() => pauses.length).toBe(3);

    expect(runs).toBe(3);
    expect(pauses.map(({ round }) => round)).toEqual([1, 2, 1]);
  });

  it('is done for each key on its own, and goes on after a failure', async () => {
    const done: string[] = [];
    const failures: string[] = [];
    const ask = createLatestOnly(
      async (key) => {
        done.push(key);
        if (done.length === 1) throw new Error('away');
      },
      { pause: async () => undefined, onError: (_error, key) => void failures.push(key) },
    );

    ask('a');
    ask('b');
    ask('a');

    await expect.poll(() => done).toEqual(['a', 'b', 'a']);
    expect(failures).toEqual(['a']);
  });
});
