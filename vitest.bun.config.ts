import { defineConfig } from 'vitest/config';
import { PATIENT } from './scripts/lib/patient-tests.mjs';

/** What may differ between the runtimes: sockets, processes, terminals, files. Bun runs it as `bun --bun`. */
export default defineConfig({
  ssr: { resolve: { conditions: ['bun', 'import', 'module', 'default'] } },
  test: {
    maxWorkers: 2,
    environment: 'node',
    include: [
      'packages/tunnel/test/{proxy,tunnel-over-websocket,websocket-client}.test.ts',
      'apps/agent/src/ssh/own-account.test.ts',
      'apps/agent/test/memory.bun-test.ts',
      'apps/agent/test/change-set/{change-set,content}.test.ts',
      'apps/agent/test/{exec,files,memory,models}.test.ts',
      'apps/agent/test/{pty,pty-viewers,supervised-process}.test.ts',
    ],
    ...PATIENT,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
