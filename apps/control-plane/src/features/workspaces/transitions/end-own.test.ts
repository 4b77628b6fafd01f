import { expect, it } from 'vitest';
import { endOwn } from './end-own.ts';

it('ends what runs here, and leaves alone what another replica looks after on the same engine', async () => {
  const ended: string[] = [];

  await endOwn({
    active: async () => ['own', 'stopped', 'of-another'].map((id) => ({ id })),
    ofOthers: async () => new Set(['of-another']),
    isRunningHere: async ({ id }) => id !== 'stopped',
    end: async ({ id }) => void ended.push(id),
  });

  expect(ended).toEqual(['own']);
});
