import { defineConfig } from 'vitest/config';
import { PATIENT } from './scripts/lib/patient-tests.mjs';

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: [
            '{packages,scripts,bench}/**/*.test.{ts,js,mjs}',
            'apps/{agent,cli,control-plane}/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**', '**/app-templates/**'],
          ...PATIENT,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      'apps/dashboard/vitest.config.ts',
    ],
    coverage: {
      provider: 'v8',
      reportOnFailure: true,
      reporter: ['text-summary', 'html', 'json-summary'],
      reportsDirectory: 'coverage',
      include: ['apps/*/src/**/*.{ts,vue}', 'packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.d.ts', '**/app-templates/**', '**/testing/**'],
      thresholds: {
        'apps/{agent,cli,control-plane}/src/**': { lines: 70, functions: 70, statements: 70 },
        'packages/*/src/**': { lines: 70, functions: 70, statements: 70 },
        'apps/dashboard/src/**': { lines: 60, functions: 60, statements: 60 },
      },
    },
  },
});
