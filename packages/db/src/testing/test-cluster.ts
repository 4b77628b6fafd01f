import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, chmod, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createPool, openDatabase } from '../client.ts';
import { startEmbeddedDatabase } from '../embedded.ts';
import { migrateDatabase } from '../migrate.ts';
import { startSystemDatabase } from './system-postgres.ts';

export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url));
/** A database that is migrated, to be copied. */
export const TEMPLATE = 'test_template';

/** Which server a test runs on: the one of the product, or the distribution's. */
export const TEST_SERVERS = ['embedded', 'system'] as const;
export type TestServerKind = (typeof TEST_SERVERS)[number];

const START = { embedded: startEmbeddedDatabase, system: startSystemDatabase };
/** Nobody needs a test's rows after a loss of power. */
const UNSAFE = ['fsync', 'full_page_writes', 'synchronous_commit'];
const run = promisify(execFile);

/** startTestCluster runs a server on a migrated cluster in a directory of its own; `stop` removes both. */
export async function startTestCluster(
  kind: TestServerKind,
): Promise<{ readonly socketDirectory: string; stop(): Promise<void> }> {
  const seed = await seedOf(kind);
  const directory = await newDirectory();
  // Making and migrating a cluster takes seconds, and each file of tests has one.
  await run('cp', ['-a', `${seed}/.`, directory]);
  return start(kind, directory);
}

async function start(kind: TestServerKind, directory: string) {
  const { socketDirectory, stop } = await START[kind](directory);
  return {
    socketDirectory,
    async stop() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The directory of a server that was stopped; it is made once for each state of the migrations. */
async function seedOf(kind: TestServerKind): Promise<string> {
  const seed = path.join(
    tmpdir(),
    `spt-db-seed-${kind}-${process.getuid?.()}-${await stateHash()}`,
  );
  if (await exists(seed)) return seed;
  const directory = await newDirectory();
  const { socketDirectory, stop } = await START[kind](directory);
  const admin = createPool({ socketDirectory, database: 'postgres', maxConnections: 1 });
  for (const setting of UNSAFE) await admin.query(`alter system set ${setting} = off`);
  await admin.query(`create database ${TEMPLATE}`);
  await admin.end();
  const template = openDatabase({ socketDirectory, database: TEMPLATE, maxConnections: 2 });
  await migrateDatabase(template.db, MIGRATIONS_FOLDER);
  await template.close();
  await stop();
  // Another worker may have been faster: one of both stays.
  await rename(directory, seed).catch(() => rm(directory, { recursive: true, force: true }));
  return seed;
}

async function stateHash(): Promise<string> {
  const hash = createHash('sha256')
    .update(process.execPath)
    .update(import.meta.url);
  for (const name of (await readdir(MIGRATIONS_FOLDER)).filter((entry) => entry.endsWith('.sql')))
    hash.update(name).update(await readFile(path.join(MIGRATIONS_FOLDER, name)));
  return hash.digest('hex').slice(0, 16);
}

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-db-'));
  await chmod(directory, 0o711);
  return directory;
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
