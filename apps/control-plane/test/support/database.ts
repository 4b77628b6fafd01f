import { afterAll, beforeAll } from 'vitest';
import type { TestServerKind } from '@spt-flow/db/testing/test-cluster';
import { startTestServer, type TestServer } from '@spt-flow/db/testing/test-database';

export type TestDatabase = Awaited<ReturnType<TestServer['createDatabase']>>;

/** useDatabases runs one real server for the file; each call gives a fresh, migrated database. */
export function useDatabases(kind?: TestServerKind): () => Promise<TestDatabase> {
  let server: TestServer;
  const opened: TestDatabase[] = [];
  beforeAll(async () => {
    server = await startTestServer(kind);
  });
  afterAll(async () => {
    for (const database of opened) await database.close();
    await server.stop();
  });
  return async () => {
    const database = await server.createDatabase();
    opened.push(database);
    return database;
  };
}

/** Of tests that are not about what is removed. */
export const KEEP_ALL_LOGS = {
  maxBytes: 1024 ** 3,
  maxAgeMs: 3_600_000,
  onError: (error: unknown) => {
    throw error;
  },
};
