import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import * as z from 'zod';
import type { Database } from './client.ts';

const JournalSchema = z.object({ entries: z.array(z.object({ when: z.number() })) });
/** One installation migrates at a time; the number only has to be ours. */
const MIGRATION_LOCK = 7_350_113;

/** DatabaseRefusedError says why a database is none for this version; nothing was changed. */
export class DatabaseRefusedError extends Error {
  override readonly name = 'DatabaseRefusedError';
}

/** migrateDatabase brings the schema up to date; it refuses a database whose past it does not know. */
export async function migrateDatabase(db: Database, migrationsFolder: string): Promise<void> {
  await db.transaction(async (lock) => {
    await lock.execute(sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await refuseUnknown(db, migrationsFolder);
    await migrate(db, { migrationsFolder });
  });
}

async function refuseUnknown(db: Database, migrationsFolder: string): Promise<void> {
  const {
    rows: [found],
  } = await db.execute<{ present: boolean }>(
    sql`select to_regclass('drizzle.__drizzle_migrations') is not null as present`,
  );
  if (!found?.present) return;
  const { rows: made } = await db.execute<{ at: string | null }>(
    sql`select created_at as at from drizzle.__drizzle_migrations`,
  );
  const { entries } = JournalSchema.parse(
    JSON.parse(await readFile(path.join(migrationsFolder, 'meta', '_journal.json'), 'utf8')),
  );
  const known = new Set(entries.map((entry) => entry.when));
  const newest = Math.max(0, ...known);
  const unknown = made.map(({ at }) => Number(at ?? 0)).filter((at) => !known.has(at));
  if (unknown.length === 0) return;
  throw new DatabaseRefusedError(
    unknown.some((at) => at > newest)
      ? 'The database was changed by a newer spt-flow: update spt-flow, or restore a backup of the database'
      : 'The database was made by a state of spt-flow between two versions, which no later one goes on from. It is as it was: start what made it again, or begin anew with another data directory or database',
  );
}
