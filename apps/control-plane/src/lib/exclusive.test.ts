import { expect, it } from 'vitest';
import { createExclusive } from './exclusive.ts';

it('work of one key waits for its turn, also after a failure, and other keys do not', async () => {
  const exclusive = createExclusive();
  const done: string[] = [];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));

  const first = exclusive.run('a', async () => {
    await held;
    done.push('first');
    throw new Error('broken');
  });
  const second = exclusive.run('a', async () => void done.push('second'));
  await exclusive.run('b', async () => void done.push('other'));
  expect([exclusive.isBusy('a'), exclusive.isBusy('b'), done]).toEqual([true, false, ['other']]);

  release();
  await expect(first).rejects.toThrow('broken');
  await second;
  expect([exclusive.isBusy('a'), done]).toEqual([false, ['other', 'first', 'second']]);
});
