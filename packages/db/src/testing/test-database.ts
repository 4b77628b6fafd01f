import { randomUUID } from 'node:crypto';
import {
  createPool,
  openDatabase,
  type DatabaseConnection,
  type DatabaseTarget,
} from '../client.ts';
import { startTestCluster, TEMPLATE, type TestServerKind } from './test-cluster.ts';

export interface TestServer {
  /** A fresh, migrated database of this server. */
  createDatabase(): Promise<DatabaseConnection & { readonly target: DatabaseTarget }>;
  stop(): Promise<void>;
}

/** startTestServer runs a real server in a directory of its own; each test takes a database of its own. */
export async function startTestServer(kind: TestServerKind = 'embedded'): Promise<TestServer> {
  const server = await startTestCluster(kind);
  const targetOf = (database: string): DatabaseTarget => ({
    socketDirectory: server.socketDirectory,
    database,
    maxConnections: 5,
  });
  const admin = createPool({ ...targetOf('postgres'), maxConnections: 1 });

  return {
    async createDatabase() {
      const name = `test_${randomUUID().replaceAll('-', '')}`;
      // Copying what is migrated already takes a fraction of migrating.
      await admin.query(`create database ${name} template ${TEMPLATE} strategy file_copy`);
      const target = targetOf(name);
      return { ...openDatabase(target), target };
    },
    async stop() {
      await admin.end();
      await server.stop();
    },
  };
}
