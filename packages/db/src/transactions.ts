import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type pg from 'pg';

/**
 * transactionsOn runs each transaction on a connection of its own, which is given back however it ends. Drizzle's own
 * way keeps a connection whose `begin` failed, and lets a rollback that fails hide what it was for. It is not told the
 * schema, which it would go through for each transaction: only its relational queries need it.
 */
export function transactionsOn(pool: pg.Pool): NodePgDatabase['transaction'] {
  return async (work, config) => {
    const client = await connect(pool);
    const reasons: unknown[] = [];
    try {
      return await drizzle(client).transaction(async (tx) => {
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
