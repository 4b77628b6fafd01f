import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDiskGauge } from './disk-gauge.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spt-flow-gauge-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it('tells what the files of a directory take, not the disk that they are on', async () => {
  await writeFile(join(directory, 'big'), Buffer.alloc(3 * 1024 * 1024, 1));
  const read = createDiskGauge(directory);

  expect(read()).toBeUndefined();
  await expect.poll(read, { timeout: 30_000 }).toBeDefined();

  const { usedBytes = 0, totalBytes = 0 } = read() ?? {};
  expect(usedBytes).toBeGreaterThanOrEqual(3 * 1024 * 1024);
  expect(usedBytes).toBeLessThan(4 * 1024 * 1024);
  expect(totalBytes).toBeGreaterThan(usedBytes);
});

it('knows nothing of a directory that is not there', async () => {
  const read = createDiskGauge(join(directory, 'none'));

  read();
  await rm(directory, { recursive: true });

  expect(read()).toBeUndefined();
});
