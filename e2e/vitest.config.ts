import { defineConfig } from 'vitest/config';
import { PATIENT } from '../scripts/lib/patient-tests.mjs';

export default defineConfig({
  test: {
    name: 'journeys',
    dir: 'e2e',
    include: ['**/*.e2e.ts'],
    // One product with one browser at a time: two cores carry no more without falsifying what people would see.
    fileParallelism: false,
    ...PATIENT,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
