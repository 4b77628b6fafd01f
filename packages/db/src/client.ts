import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import * as schema from './schema/index.ts';

export type Database = PostgresJsDatabase<typeof schema>;
/** Transaction has the query methods of Database: repositories take either. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
export type Queryable = Database | Transaction;

export interface DatabaseConnection {
  readonly db: Database;
  /** Calls `onNotify` for each notification on the channel; survives reconnects. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** A server by URL, or the embedded one by the directory of its socket. */
export type DatabaseTarget =
  | { readonly url: string; readonly maxConnections?: number }
  | {
      readonly socketDirectory: string;
      readonly database?: string;
      readonly maxConnections?: number;
    };

/** openDatabase connects lazily: the first query opens the first connection. */
export function openDatabase(target: DatabaseTarget): DatabaseConnection {
  const client = createClient(target);
  return {
    db: drizzle(client, { schema }),
    listen: async (channel, onNotify) => {
      const subscription = await client.listen(channel, onNotify);
      return () => subscription.unlisten();
    },
    close: () => client.end({ timeout: 5 }),
  };
}

/** createClient returns the bare driver. */
export function createClient(target: DatabaseTarget): postgres.Sql {
  const options = {
    max: target.maxConnections ?? 10,
    onnotice: ignoreNotices,
    connection: { application_name: 'spt-flow' },
  };
  if ('url' in target) return postgres(target.url, options);
  return postgres({
    ...options,
    path: `${target.socketDirectory}/.s.PGSQL.5432`,
    username: 'spt_flow',
    database: target.database ?? 'spt_flow',
  });
}

/** "Relation already exists, skipping" and the like: nothing a reader of the log could act on. */
function ignoreNotices(): undefined {
  return undefined;
}
