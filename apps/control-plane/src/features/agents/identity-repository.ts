import { inArray } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { installation } from '@spt-flow/db/schema';

export type IdentityRepository = ReturnType<typeof createIdentityRepository>;

export function createIdentityRepository(db: Database) {
  return {
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
  };
}
