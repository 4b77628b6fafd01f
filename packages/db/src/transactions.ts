import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import * as schema from './schema/index.ts';

/**
 * transactionsOn runs each transaction on a connection of its own, which is given back however it ends. Drizzle's own
 * way keeps a connection whose `begin` failed, and lets a rollback that fails hide what it was for.
 */
export function transactionsOn(pool: pg.Pool): NodePgDatabase<typeof schema>['transaction'] {
  return async (work, config) => {
    const client = await connect(pool);
    const reasons: unknown[] = [];
    try {
      return await drizzle(client, { schema }).transaction(async (tx) => {
        try {
          return await work(tx);
        } catch (error) {
          reasons.push(error);
          throw error;
        }
      }, config);
    } catch (error) {
      throw reasons[0] ?? error;
    } finally {
      client.release();
    }
  };
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (cause) {
    throw new DrizzleQueryError('begin', [], cause instanceof Error ? cause : undefined);
  }
}
