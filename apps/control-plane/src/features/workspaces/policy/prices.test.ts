import { expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import { createPrices } from './prices.ts';

it.each([
  [{ chat: 0.5, gpu: 2 }, 'docker', 0, 0.5],
  [{ chat: 0.5, gpu: 2 }, 'docker', 3, 6.5],
  [{ gpu: 2 }, 'docker', 1, 2],
  [{ gpu: 2 }, 'docker', 0, null],
  [{ chat: 0.5 }, 'docker', 1, 0.5],
  [{ chat: 0.5, gpu: 2 }, 'server', 1, null],
])('by %o an hour on %s with %i GPUs costs %s', (pricesPerHour, provider, gpus, cost) => {
  const prices = createPrices({ pricesPerHour, currency: 'USD' });

  expect(prices.perHour({ provider, settings: { ...DEFAULT_SETTINGS, gpus } })).toBe(cost);
});
