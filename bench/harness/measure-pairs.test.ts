import { expect, it } from 'vitest';
import { measurePairs, type Disturbance } from './measure-pairs.ts';

function disturbedAt(...disturbed: number[]): Disturbance {
  let pair = 0;
  return {
    during: async (work) => ({
      result: await work(),
      foreignShare: disturbed.includes(pair++) ? 0.5 : 0,
    }),
  };
}

function recorded() {
  const order: string[] = [];
  const side = (name: string) => () => Promise.resolve(order.push(name));
  return { order, sides: { product: side('product'), peer: side('peer') } };
}

it('measurePairs alternates which side comes first', async () => {
  const { order, sides } = recorded();

  const pairs = await measurePairs(sides, { pairs: 2, disturbance: disturbedAt() });

  expect(order).toEqual(['product', 'peer', 'peer', 'product']);
  expect(pairs).toEqual([
    { product: 1, peer: 2 },
    { product: 4, peer: 3 },
  ]);
});

it('measurePairs measures a disturbed pair again', async () => {
  const { order, sides } = recorded();

  const pairs = await measurePairs(sides, { pairs: 2, disturbance: disturbedAt(0) });

  expect(order).toHaveLength(6);
  expect(pairs).toHaveLength(2);
});

it('measurePairs refuses to judge a machine that is never quiet', async () => {
  const { sides } = recorded();

  const measuring = measurePairs(sides, { pairs: 1, disturbance: disturbedAt(0, 1, 2) });

  await expect(measuring).rejects.toThrow('disturbed');
});
