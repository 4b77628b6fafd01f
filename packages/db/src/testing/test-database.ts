import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import {
  createPool,
  openDatabase,
  type DatabaseConnection,
  type DatabaseTarget,
} from '../client.ts';
import { startEmbeddedDatabase } from '../embedded.ts';
import { migrateDatabase } from '../migrate.ts';
import { startSystemDatabase } from './system-postgres.ts';

export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url));

export interface TestServer {
  /** A fresh, migrated database of this server. */
  createDatabase(): Promise<DatabaseConnection & { readonly target: DatabaseTarget }>;
  stop(): Promise<void>;
}

/** Which server a test runs on: the one of the product, or the distribution's. */
export const TEST_SERVERS = ['embedded', 'system'] as const;
export type TestServerKind = (typeof TEST_SERVERS)[number];

/** startTestServer runs a real server in a directory of its own; each test takes a database of its own. */
export async function startTestServer(kind: TestServerKind = 'embedded'): Promise<TestServer> {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-db-'));
  await chmod(directory, 0o711);
  const server = await (kind === 'embedded' ? startEmbeddedDatabase : startSystemDatabase)(
    directory,
  );
  const targetOf = (database: string): DatabaseTarget => ({
    socketDirectory: server.socketDirectory,
    database,
    maxConnections: 5,
  });
  const admin = createPool({ ...targetOf('postgres'), maxConnections: 1 });
  let migrated: Promise<string> | undefined;

  return {
    async createDatabase() {
      migrated ??= migrateTemplate(admin, targetOf);
      const name = newName();
      await admin.query(`create database ${name} template ${await migrated}`);
      const target = targetOf(name);
      return { ...openDatabase(target), target };
    },
    async stop() {
      await admin.end();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Copying what is migrated already takes a fraction of migrating. */
async function migrateTemplate(
  admin: pg.Pool,
  targetOf: (database: string) => DatabaseTarget,
): Promise<string> {
  const name = newName();
  await admin.query(`create database ${name}`);
  const connection = openDatabase(targetOf(name));
  await migrateDatabase(connection.db, MIGRATIONS_FOLDER);
  await connection.close();
  return name;
}

function newName(): string {
  return `test_${randomUUID().replaceAll('-', '')}`;
}
