import { and, eq } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { dotfiles, organizationMembers } from '@spt-flow/db/schema';

export interface DotfilesOwner {
  readonly userId: string;
  readonly organizationId: string;
}

export type DotfilesRow = typeof dotfiles.$inferSelect;
export type DotfilesRepository = ReturnType<typeof createDotfilesRepository>;

export function createDotfilesRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    /** Undefined: none, or their owner left the organization. */
    async of({ userId, organizationId }: DotfilesOwner): Promise<DotfilesRow | undefined> {
      const [row] = await db
        .select({ dotfiles })
        .from(dotfiles)
        .innerJoin(
          organizationMembers,
          and(
            eq(organizationMembers.userId, dotfiles.userId),
            eq(organizationMembers.organizationId, dotfiles.organizationId),
          ),
        )
        .where(and(eq(dotfiles.userId, userId), eq(dotfiles.organizationId, organizationId)));
      return row?.dotfiles;
    },

    async put(values: typeof dotfiles.$inferInsert, tx: Queryable): Promise<void> {
      const { repositoryUrl, installScript } = values;
      await tx
        .insert(dotfiles)
        .values(values)
        .onConflictDoUpdate({
          target: [dotfiles.userId, dotfiles.organizationId],
          set: { repositoryUrl, installScript },
        });
    },

    async remove({ userId, organizationId }: DotfilesOwner, tx: Queryable): Promise<void> {
      await tx
        .delete(dotfiles)
        .where(and(eq(dotfiles.userId, userId), eq(dotfiles.organizationId, organizationId)));
    },
  };
}
