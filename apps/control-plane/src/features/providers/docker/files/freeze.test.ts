import { expect, it } from 'vitest';
import { freeze } from './freeze.ts';

/** What the engine answers when the kernel gave up on one of the first attempts. */
const BUSY = new Error(
  '(HTTP code 500) server error - Cannot pause container c: OCI runtime pause failed: unable to freeze: unknown',
);

function failing(...errors: Error[]) {
  const asked: number[] = [];
  return {
    asked,
    async pause() {
      asked.push(asked.length);
      const error = errors.shift();
      if (error) throw error;
    },
  };
}

it('asks again while the kernel gives up', async () => {
  const container = failing(BUSY, BUSY);
  await freeze(container);
  expect(container.asked).toHaveLength(3);
});

it('leaves alone what does not run any more', async () => {
  const ended = Object.assign(new Error('Container c is not running'), { statusCode: 409 });
  expect(await freeze(failing(ended))).toBe(false);
  expect(await freeze(failing())).toBe(true);
});

it('gives up in the end, with the words of the engine', async () => {
  await expect(freeze(failing(...Array.from({ length: 9 }, () => BUSY)))).rejects.toBe(BUSY);
});

it('says what to do where the engine can pause nothing', async () => {
  const words = '`/usr/bin/crun pause c` failed: exit status 1';
  const error = Object.assign(new Error(words), { statusCode: 500 });

  await expect(freeze(failing(error))).rejects.toMatchObject({
    code: 'backup_failed',
    message: expect.stringContaining('Stop it, and copy it then'),
  });
});

it('passes on what another attempt would not change', async () => {
  const container = failing(new Error('No such container: c'));
  await expect(freeze(container)).rejects.toThrow('No such container');
  expect(container.asked).toHaveLength(1);
});
