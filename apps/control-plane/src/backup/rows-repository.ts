import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { createPool, type DatabaseTarget } from '@spt-flow/db/client';
import { DumpSchema, type Dump } from '@spt-flow/db/dump/catalog';
import { DatabaseChangedError, dumpDatabase } from '@spt-flow/db/dump/dump-database';
import { migrationsUpTo, UnknownMigrationsError } from '@spt-flow/db/dump/known-migrations';
import { loadDatabase, LoadError } from '@spt-flow/db/dump/load-database';
import { startEmbeddedDatabase } from '@spt-flow/db/embedded';
import { embeddedSocketDirectory } from '@spt-flow/db/embedded-socket';
import { BackupError } from './backup-error.ts';

export { DumpSchema };

/** A server by its URL, or the one of the product by its directory. */
export interface DatabasePlace {
  readonly url: string | undefined;
  readonly directory: string;
}

/** dumpRows hands over the rows of each table, by the name of its file. */
export async function dumpRows(
  place: DatabasePlace,
  take: (file: string, rows: Readable) => Promise<void>,
): Promise<Dump> {
  await assertThere(place);
  try {
    return await withServer(place, (target) =>
      dumpDatabase(target, (table, rows) => take(rowsFile(table), rows)),
    );
  } catch (cause) {
    if (cause instanceof DatabaseChangedError)
      throw new BackupError(`${cause.message}: make the backup again`, { cause });
    throw explainDatabase(cause, place);
  }
}

/** loadRows fills an empty database; what fails leaves it empty. */
export async function loadRows(
  place: DatabasePlace,
  options: {
    readonly dump: Dump;
    readonly migrationsFolder: string;
    readonly read: (file: string) => Readable;
  },
): Promise<void> {
  const { url, directory } = place;
  const load = (target: DatabaseTarget) =>
    loadDatabase(target, { ...options, rowsOf: (table) => options.read(rowsFile(table)) });
  try {
    await (url === undefined ? withOwnServer(directory, load) : load({ url }));
  } catch (cause) {
    if (cause instanceof LoadError)
      throw new BackupError(
        `The database can't take the backup (${cause.message}): give an empty one`,
        { cause },
      );
    throw explainDatabase(cause, place);
  }
}

/** By the network, by SQLSTATE, and by the words of the driver, which has no codes for what it finds itself. */
const DATABASE_FAULT = /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOST|[0-9])/;
const DRIVER_WORDS = /^(Connection terminated|timeout exceeded|Client )/;

function explainDatabase(error: unknown, { url }: DatabasePlace): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (!DATABASE_FAULT.test(code) && !DRIVER_WORDS.test(error.message)) return error;
  const next =
    url === undefined
      ? 'start or stop spt-flow, and try again'
      : 'check DATABASE_URL and that the server runs, and try again';
  return new BackupError(`The database can't be used (${error.message || code}): ${next}`, {
    cause: error,
  });
}

/** assertKnown throws BackupError where the rows are of tables that this version does not know. */
export async function assertKnown(
  { migrations }: Dump,
  { migrationsFolder, madeBy }: { migrationsFolder: string; madeBy: string },
): Promise<void> {
  try {
    await migrationsUpTo(migrationsFolder, migrations);
  } catch (cause) {
    if (!(cause instanceof UnknownMigrationsError)) throw cause;
    throw new BackupError(
      `The backup was made by a newer spt-flow (${madeBy}): restore it with that version`,
      { cause },
    );
  }
}

function rowsFile({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `rows.${schema}.${name}.gz`;
}

async function assertThere({ url, directory }: DatabasePlace): Promise<void> {
  if (url !== undefined) return;
  await stat(path.join(directory, 'data', 'PG_VERSION')).catch((cause: unknown) => {
    throw new BackupError(
      `There is no database in "${directory}": name the data directory with --data-dir, or the database with DATABASE_URL`,
      { cause },
    );
  });
}

/** The server of a product that runs, or one that runs for as long as it is needed. */
async function withServer<T>(
  { url, directory }: DatabasePlace,
  work: (target: DatabaseTarget) => Promise<T>,
): Promise<T> {
  if (url !== undefined) return work({ url });
  const running = { socketDirectory: embeddedSocketDirectory(directory) };
  return (await answers(running)) ? work(running) : withOwnServer(directory, work);
}

async function withOwnServer<T>(
  directory: string,
  work: (target: DatabaseTarget) => Promise<T>,
): Promise<T> {
  const server = await startEmbeddedDatabase(directory);
  try {
    return await work({ socketDirectory: server.socketDirectory });
  } finally {
    await server.stop();
  }
}

async function answers(target: DatabaseTarget): Promise<boolean> {
  const pool = createPool({ ...target, maxConnections: 1 });
  try {
    await pool.query('select 1');
    return true;
  } catch {
    // It does not run.
    return false;
  } finally {
    await pool.end();
  }
}
