import { setTimeout as delay } from 'node:timers/promises';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { subscribe } from './notifications.ts';
import { transactionsOn } from './transactions.ts';

export type Database = NodePgDatabase;
/** Transaction has the query methods of Database: repositories take either. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
export type Queryable = Database | Transaction;

export interface DatabaseConnection {
  readonly db: Database;
  /**
   * Calls `onNotify` for each notification on the channel; after a lost connection it goes on with the next one and
   * calls `onResume`, since what was said in between was not heard.
   */
  listen(
    channel: string,
    onNotify: (payload: string) => void,
    onResume: () => void,
  ): Promise<() => Promise<void>>;
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

/** Also the longest wait for a connection of the pool when all are in use. */
const CONNECT_TIMEOUT_MS = 15_000;
/** Connections are kept over the pauses of a person's work: opening one costs the server a process. */
const IDLE_TIMEOUT_MS = 300_000;
/** Statements that run when the connection is closed may end within this time. */
const CLOSE_TIMEOUT_MS = 5_000;

/** openDatabase connects lazily: the first query opens the first connection. */
export function openDatabase(target: DatabaseTarget): DatabaseConnection {
  const pool = createPool(target);
  const db = drizzle(pool);
  const subscriptions = new Set<() => Promise<void>>();
  let closing: Promise<void> | undefined;
  const end = async () => {
    await Promise.all([...subscriptions].map((unsubscribe) => unsubscribe()));
    await Promise.race([pool.end(), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  };
  return {
    db: Object.assign(db, { transaction: transactionsOn(pool) }),
    listen: async (channel, onNotify, onResume) => {
      const connect = () => new pg.Client(configOf(target));
      const unsubscribe = await subscribe({ connect, channel, onNotify, onResume });
      subscriptions.add(unsubscribe);
      return () => {
        subscriptions.delete(unsubscribe);
        return unsubscribe();
      };
    },
    close: () => (closing ??= end()),
  };
}

/** createPool returns the bare driver. */
export function createPool(target: DatabaseTarget): pg.Pool {
  const pool = new pg.Pool({
    ...configOf(target),
    max: target.maxConnections ?? 10,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
  });
  // A lost connection fails the query that runs on it; without one there is nobody to tell.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** configOf is what the driver connects with. */
export function configOf(target: DatabaseTarget): pg.ClientConfig {
  const options = {
    application_name: 'spt-flow',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  };
  if ('url' in target) return { ...options, connectionString: target.url };
  return {
    ...options,
    host: target.socketDirectory,
    user: 'spt_flow',
    database: target.database ?? 'spt_flow',
  };
}
