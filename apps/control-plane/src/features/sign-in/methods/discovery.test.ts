import { expect, it } from 'vitest';
import { createDiscovery } from './discovery.ts';

it('sends nobody to a service that went away, and knows when it is back', async () => {
  let nowMs = 0;
  let isThere = true;
  const discovery = createDiscovery({
    clock: { monotonicMs: () => nowMs },
    onError: () => undefined,
    ask: async () => {
      if (!isThere) throw new Error('Nobody answers');
      return { issuer: 'https://id.example.com' };
    },
  });
  await discovery.get();
  isThere = false;
  nowMs += 30_000;

  await expect(discovery.get()).rejects.toThrow('Nobody answers');
  await expect(discovery.get()).rejects.toThrow('Nobody answers');
  expect([discovery.isAnswering(), discovery.known?.issuer]).toEqual([
    false,
    'https://id.example.com',
  ]);

  isThere = true;
  await discovery.get();
  expect(discovery.isAnswering()).toBe(true);
});
