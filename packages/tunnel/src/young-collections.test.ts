import { expect, it, vi } from 'vitest';
import { createCollector, findCollection } from './young-collections.ts';

const MIB = 1024 * 1024;

function stage(collectionMs: number) {
  let nowMs = 1000;
  const collect = vi.fn(() => void (nowMs += collectionMs));
  const read = createCollector({ collect, nowMs: () => nowMs });
  return { collect, read, wait: (ms: number) => void (nowMs += ms) };
}

it('collects after so many bytes, not before', () => {
  const { collect, read } = stage(0);
  for (let bytes = 0; bytes < 7; bytes += 1) read(MIB);
  expect(collect).not.toHaveBeenCalled();
  read(MIB);
  expect(collect).toHaveBeenCalledTimes(1);
  for (let bytes = 0; bytes < 16; bytes += 1) read(MIB);
  expect(collect).toHaveBeenCalledTimes(3);
});

it('takes no more than a tenth of the time, however much goes through', () => {
  const { collect, read, wait } = stage(5);
  read(100 * MIB);
  read(100 * MIB);
  wait(49);
  read(100 * MIB);
  expect(collect).toHaveBeenCalledTimes(1);
  wait(1);
  read(1);
  expect(collect).toHaveBeenCalledTimes(2);
});

it('frees buffers that nobody holds', async () => {
  const collect = findCollection();
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 160; count += 1) new Uint8Array(64 * 1024);
  expect(process.memoryUsage().arrayBuffers - before).toBeGreaterThan(8 * MIB);
  collect();
  // The memory itself is given back by another thread.
  await vi.waitFor(() => expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * MIB));
});
