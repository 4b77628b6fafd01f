import { afterEach, beforeEach } from 'vitest';
import { makeHome, run, type RunOptions, type RunResult } from './run.ts';
import { startTestServer, TOKEN, type TestServer } from './test-server.ts';

/** CliStage is a server, and a home directory in which somebody is signed in to it. */
export interface CliStage {
  readonly server: TestServer;
  readonly home: string;
  run(args: readonly string[], options?: Partial<RunOptions>): Promise<RunResult>;
}

/** useCliStage opens a stage anew for each test of the file. */
export function useCliStage(): CliStage {
  let server: TestServer;
  let home: string;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    server = await startTestServer();
    ({ home, remove } = await makeHome());
  });
  afterEach(async () => {
    await server.close();
    await remove();
  });
  return {
    get server() {
      return server;
    },
    get home() {
      return home;
    },
    run: (args, options = {}) =>
      run(args, {
        home,
        ...options,
        env: { SPT_FLOW_SERVER: server.url, SPT_FLOW_TOKEN: TOKEN, ...options.env },
      }),
  };
}
