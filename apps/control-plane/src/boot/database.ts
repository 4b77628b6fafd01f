import { openDatabase, type DatabaseConnection } from '@spt-flow/db/client';
import { startEmbeddedDatabase } from '@spt-flow/db/embedded';
import { EmbeddedDatabaseError } from '@spt-flow/db/embedded-error';
import { DatabaseRefusedError, migrateDatabase } from '@spt-flow/db/migrate';
import { StartError } from './start-error.ts';

export interface RunningDatabase {
  readonly connection: DatabaseConnection;
  readonly kind: 'embedded' | 'postgresql';
  /** Resolves when the embedded server ended unasked; never for a server elsewhere. */
  readonly crashed: Promise<string>;
  stop(): Promise<void>;
}

/** startDatabase connects to the configured server or runs the embedded one, and brings the schema up to date. */
export async function startDatabase(options: {
  url: string | undefined;
  directory: string;
  migrationsFolder: string;
}): Promise<RunningDatabase> {
  const database =
    options.url === undefined ? await startOwn(options.directory) : connect(options.url);
  try {
    await migrateDatabase(database.connection.db, options.migrationsFolder);
    return database;
  } catch (cause) {
    await database.stop();
    if (cause instanceof DatabaseRefusedError) throw new StartError(cause.message, { cause });
    if (options.url === undefined) throw cause;
    throw new StartError(
      `The database of DATABASE_URL can't be used (${innermost(cause)}): check the URL and that the server runs`,
      { cause },
    );
  }
}

async function startOwn(directory: string): Promise<RunningDatabase> {
  try {
    const server = await startEmbeddedDatabase(directory);
    const connection = openDatabase({ socketDirectory: server.socketDirectory });
    const stop = async () => {
      await connection.close();
      await server.stop();
    };
    return { connection, kind: 'embedded', crashed: server.crashed, stop };
  } catch (cause) {
    if (cause instanceof EmbeddedDatabaseError) throw new StartError(cause.message, { cause });
    throw cause;
  }
}

function connect(url: string): RunningDatabase {
  const connection = openDatabase({ url });
  return {
    connection,
    kind: 'postgresql',
    crashed: new Promise(() => undefined),
    stop: () => connection.close(),
  };
}

/** The driver's own words; the URL, which may hold a password, is in none of them. */
function innermost(error: unknown): string {
  if (error instanceof Error && error.cause !== undefined) return innermost(error.cause);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return error instanceof Error ? error.message || code : String(error);
}
