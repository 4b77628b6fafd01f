import { defineProject } from 'vitest/config';
import { PATIENT } from '../../scripts/lib/patient-tests.mjs';
import { sourcePlugins } from './vite-plugins.ts';

export default defineProject({
  plugins: sourcePlugins(),
  test: {
    name: 'dashboard',
    environment: 'happy-dom',
    // Frames are made but never loaded: tests reach no network.
    environmentOptions: {
      happyDOM: {
        settings: {
          enableIframePageLoading: true,
          navigation: { disableChildFrameNavigation: true },
        },
      },
    },
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // The bundle test builds the page.
    testTimeout: 20_000,
    ...PATIENT,
    setupFiles: [...PATIENT.setupFiles, './test/setup.ts'],
  },
});
