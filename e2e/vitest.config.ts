import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'journeys',
    dir: 'e2e',
    include: ['**/*.e2e.ts'],
    // One product with one browser at a time: two cores carry no more without falsifying what people would see.
    fileParallelism: false,
    setupFiles: ['scripts/test-setup.mjs'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
