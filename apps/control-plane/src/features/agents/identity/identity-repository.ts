import { eq, inArray, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { installation } from '@spt-flow/db/schema';
import { AGENTS_CHANNEL, EPOCH_RAISED } from './agents-repository.ts';

export type IdentityRepository = ReturnType<typeof createIdentityRepository>;

export const EPOCH = 'control-plane-epoch';

export function createIdentityRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    /** Stores the values that are missing and returns what then holds: several starters agree on the first one's. */
    async establish(values: Readonly<Record<string, string>>): Promise<Record<string, string>> {
      return db.transaction(async (tx) => {
        const rows = Object.entries(values).map(([key, value]) => ({ key, value }));
        await tx.insert(installation).values(rows).onConflictDoNothing();
        const stored = await tx
          .select()
          .from(installation)
          .where(inArray(installation.key, Object.keys(values)));
        return Object.fromEntries(stored.map(({ key, value }) => [key, value]));
      });
    },

    async readEpoch(): Promise<number> {
      const [row] = await db.select().from(installation).where(eq(installation.key, EPOCH));
      return Number(row?.value);
    },

    /** At least this, and more than before; the other replicas are told. */
    async raiseEpoch(atLeast: number, tx: Queryable): Promise<number> {
      const [row] = await tx
        .update(installation)
        .set({ value: sql`greatest(${installation.value}::bigint + 1, ${atLeast}::bigint)::text` })
        .where(eq(installation.key, EPOCH))
        .returning();
      await tx.execute(sql`select pg_notify(${AGENTS_CHANNEL}, ${EPOCH_RAISED})`);
      return Number(row?.value);
    },
  };
}
