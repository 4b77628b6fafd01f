import { expect, test } from 'vitest';
import { createRuntime } from '#runtime';

const MIB = 1024 * 1024;
const LEFT_BYTES = 128 * MIB;

// On Bun alone: Node.js gives nothing back that it has not given back already.
test('what moved bytes left is given back', async () => {
  const runtime = createRuntime();
  litter();
  const littered = process.memoryUsage.rss();

  runtime.trimMemory();

  expect(process.memoryUsage.rss()).toBeLessThan(littered - LEFT_BYTES / 2);
});

/** Buffers in the size of what a socket reads, each written to, that nobody holds any more. */
function litter(): void {
  const chunks = Array.from({ length: LEFT_BYTES / (64 * 1024) }, () => Buffer.alloc(64 * 1024, 1));
  expect(chunks.at(-1)?.at(-1)).toBe(1);
}
