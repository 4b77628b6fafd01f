import { defineProject } from 'vitest/config';
import { sourcePlugins } from './vite-plugins.ts';

export default defineProject({
  plugins: sourcePlugins(),
  test: {
    name: 'dashboard',
    environment: 'happy-dom',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // The bundle test builds the page.
    testTimeout: 20_000,
    setupFiles: ['./test/setup.ts'],
  },
});
