import type { Readable } from 'node:stream';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { configOf, type DatabaseTarget } from '../client.ts';
import { readMigrations, readSequences, readTables, type Dump, type Table } from './catalog.ts';

/** The database was brought up to date while it was read: what was read fits together no longer. */
export class DatabaseChangedError extends Error {
  override readonly name = 'DatabaseChangedError';
}

/**
 * dumpDatabase hands over the rows of each table in turn, all of one moment, in PostgreSQL's text format, which every
 * version reads. Whoever uses the database is not held up.
 */
export async function dumpDatabase(
  target: DatabaseTarget,
  take: (table: Table, rows: Readable) => Promise<void>,
): Promise<Dump> {
  const client = new pg.Client(configOf(target));
  // A lost connection fails what runs on it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const migrations = await readMigrations(client);
    const sequences = await readSequences(client);
    const tables: Dump['tables'] = [];
    for (const table of await readTables(client)) {
      const rows = client.query(copyTo(`copy ${nameOf(table)} (${columnsOf(table)}) to stdout`));
      await take(table, rows);
      tables.push({ ...table, rows: rows.rowCount });
    }
    await client.query('commit');
    const now = await readMigrations(client);
    if (now.length !== migrations.length)
      throw new DatabaseChangedError('The database was brought up to date while it was read');
    return { migrations, tables, sequences };
  } finally {
    await client.end();
  }
}

export function nameOf({ schema, name }: { readonly schema: string; readonly name: string }) {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
}

export function columnsOf({ columns }: Pick<Table, 'columns'>): string {
  return columns.map((column) => pg.escapeIdentifier(column)).join(', ');
}
