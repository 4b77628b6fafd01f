import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { workspaceLeftovers, workspaces } from '@spt-flow/db/schema';

export type LeftoversRepository = ReturnType<typeof createLeftoversRepository>;
type Leftover = Pick<
  typeof workspaceLeftovers.$inferInsert,
  'workspaceId' | 'organizationId' | 'provider'
>;

/** createLeftoversRepository remembers workspaces of which something may be left, also when their rows are gone. */
export function createLeftoversRepository(db: Database) {
  return {
    async add(leftover: Leftover, tx: Queryable): Promise<void> {
      await tx.insert(workspaceLeftovers).values(leftover).onConflictDoNothing();
    },

    async of(provider: string): Promise<string[]> {
      const rows = await db
        .select({ id: workspaceLeftovers.workspaceId })
        .from(workspaceLeftovers)
        .where(eq(workspaceLeftovers.provider, provider));
      return rows.map(({ id }) => id);
    },

    async remove(ids: readonly string[]): Promise<void> {
      if (ids.length === 0) return;
      await db.delete(workspaceLeftovers).where(inArray(workspaceLeftovers.workspaceId, [...ids]));
    },

    /** Those of the ids that are of deleted workspaces. An id that is not known at all may be of a newer backup. */
    async deletedAmong(ids: readonly string[]): Promise<string[]> {
      const rows = await db
        .select({ id: workspaces.id })
        .from(workspaces)
        .where(
          and(
            eq(workspaces.actualState, 'deleted'),
            sql`${workspaces.id} = any(${sql.param(ids)}::uuid[])`,
          ),
        );
      return rows.map(({ id }) => id);
    },
  };
}
