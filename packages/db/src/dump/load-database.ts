import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import * as z from 'zod';
import { configOf, type DatabaseTarget } from '../client.ts';
import { readTables, type Dump, type Table } from './catalog.ts';
import { columnsOf, nameOf } from './dump-database.ts';
import { migrationsUpTo } from './known-migrations.ts';

/** The database is not as a load needs it: it has tables already, or what came is not what was dumped. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

export interface LoadOptions {
  readonly dump: Dump;
  readonly migrationsFolder: string;
  readonly rowsOf: (table: Table) => Readable;
}

/**
 * loadDatabase makes the tables by the migrations that the dumped database had, and fills them, in one transaction:
 * killed in between, the database is as empty as before. The next start brings it up to date. The role needs to own the
 * database and nothing more.
 */
export async function loadDatabase(target: DatabaseTarget, options: LoadOptions): Promise<void> {
  const client = new pg.Client(configOf(target));
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin');
    if ((await readTables(client)).length > 0) throw new LoadError('It has tables already');
    await makeTables(client, options);
    await withoutForeignKeys(client, () => fill(client, options));
    await client.query('commit');
    // The planner knows nothing of what was loaded, until somebody looks.
    await client.query('analyze');
  } finally {
    await client.end();
  }
}

async function makeTables(client: pg.Client, { dump, migrationsFolder }: LoadOptions) {
  // As the migrator makes it.
  await client.query('create schema if not exists drizzle');
  await client.query(
    'create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
  );
  for (const statement of await migrationsUpTo(migrationsFolder, dump.migrations))
    await client.query(statement);
}

/** Tables refer to each other in circles, so no order of them would do. */
async function withoutForeignKeys(client: pg.Client, work: () => Promise<void>): Promise<void> {
  const { rows } = await client.query(
    `select conrelid::regclass::text as of, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
       from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`,
  );
  const keys = z
    .array(z.object({ of: z.string(), name: z.string(), definition: z.string() }))
    .parse(rows);
  for (const { of, name } of keys) await client.query(`alter table ${of} drop constraint ${name}`);
  await work();
  for (const { of, name, definition } of keys)
    await client.query(`alter table ${of} add constraint ${name} ${definition}`);
}

async function fill(client: pg.Client, { dump, rowsOf }: LoadOptions): Promise<void> {
  for (const table of dump.tables) {
    // What refuses changes refuses none of these: the rows are as they were.
    await client.query(`alter table ${nameOf(table)} disable trigger user`);
    // Migrations put rows of their own.
    await client.query(`delete from ${nameOf(table)}`);
    const into = client.query(copyFrom(`copy ${nameOf(table)} (${columnsOf(table)}) from stdin`));
    await pipeline(rowsOf(table), into);
    await client.query(`alter table ${nameOf(table)} enable trigger user`);
    if (into.rowCount !== table.rows)
      throw new LoadError(`"${table.name}" has ${into.rowCount} rows instead of ${table.rows}`);
  }
  for (const { schema, name, last } of dump.sequences)
    if (last !== null)
      await client.query('select setval($1::regclass, $2)', [nameOf({ schema, name }), last]);
}
