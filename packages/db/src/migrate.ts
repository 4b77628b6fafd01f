import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import * as z from 'zod';
import type { Database } from './client.ts';

const JournalSchema = z.object({ entries: z.array(z.object({ when: z.number() })) });
/** One installation migrates at a time; the number only has to be ours. */
const MIGRATION_LOCK = 7_350_113;

export class DatabaseNewerError extends Error {
  override readonly name = 'DatabaseNewerError';
}

/** migrateDatabase brings the schema up to date; it refuses a database that a newer spt-flow has changed. */
export async function migrateDatabase(db: Database, migrationsFolder: string): Promise<void> {
  await db.transaction(async (lock) => {
    await lock.execute(sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await refuseNewer(db, migrationsFolder);
    await migrate(db, { migrationsFolder });
  });
}

async function refuseNewer(db: Database, migrationsFolder: string): Promise<void> {
  const {
    rows: [found],
  } = await db.execute<{ present: boolean }>(
    sql`select to_regclass('drizzle.__drizzle_migrations') is not null as present`,
  );
  if (!found?.present) return;
  const {
    rows: [last],
  } = await db.execute<{ at: string | null }>(
    sql`select max(created_at) as at from drizzle.__drizzle_migrations`,
  );
  const known = JournalSchema.parse(
    JSON.parse(await readFile(path.join(migrationsFolder, 'meta', '_journal.json'), 'utf8')),
  );
  const newest = Math.max(0, ...known.entries.map((entry) => entry.when));
  if (Number(last?.at ?? 0) > newest) {
    throw new DatabaseNewerError(
      'The database was changed by a newer spt-flow: update spt-flow, or restore a backup of the database',
    );
  }
}
