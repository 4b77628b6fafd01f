import { sql } from 'drizzle-orm';
import type { Queryable } from '@spt-flow/db/client';

/**
 * lockCount lets nobody else count the same until the transaction ends: who asks at two replicas at once would be counted
 * by both before either has added anything.
 */
export async function lockCount(tx: Queryable, what: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`count:${what}`}, 0))`);
}
