import { and, asc, eq, ne } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { gitLogins, organizationMembers, workspaces } from '@spt-flow/db/schema';

export type GitLoginRow = typeof gitLogins.$inferSelect;
export type GitLoginsRepository = ReturnType<typeof createGitLoginsRepository>;

interface Owner {
  readonly userId: string;
  readonly organizationId: string;
}

const { userId, organizationId, origin, path } = gitLogins;

function isOf(owner: Owner) {
  return and(eq(userId, owner.userId), eq(organizationId, owner.organizationId));
}

export function createGitLoginsRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    async list(owner: Owner): Promise<GitLoginRow[]> {
      return db.select().from(gitLogins).where(isOf(owner)).orderBy(asc(origin), asc(path));
    },

    /** Takes the place of the one with the same scope. */
    async put(
      values: typeof gitLogins.$inferInsert,
      tx: Queryable,
    ): Promise<GitLoginRow | undefined> {
      const { username, sealedToken } = values;
      const [row] = await tx
        .insert(gitLogins)
        .values(values)
        .onConflictDoUpdate({
          target: [userId, organizationId, origin, path],
          set: { username, sealedToken, lastUsedAt: null, createdAt: new Date() },
        })
        .returning();
      return row;
    },

    async remove(owner: Owner, id: string, tx: Queryable): Promise<GitLoginRow | undefined> {
      const [row] = await tx
        .delete(gitLogins)
        .where(and(isOf(owner), eq(gitLogins.id, id)))
        .returning();
      return row;
    },

    /** Those that the workspace's owner has for an origin; none of somebody who left the organization. */
    async ofWorkspace(workspaceId: string, askedOrigin: string): Promise<GitLoginRow[]> {
      const rows = await db
        .select({ login: gitLogins })
        .from(gitLogins)
        .innerJoin(
          workspaces,
          and(eq(workspaces.ownerId, userId), eq(workspaces.organizationId, organizationId)),
        )
        .innerJoin(
          organizationMembers,
          and(
            eq(organizationMembers.userId, userId),
            eq(organizationMembers.organizationId, organizationId),
          ),
        )
        .where(
          and(
            eq(workspaces.id, workspaceId),
            ne(workspaces.actualState, 'deleted'),
            eq(origin, askedOrigin),
          ),
        );
      return rows.map(({ login }) => login);
    },

    async setUsed(id: string, at: Date): Promise<void> {
      await db.update(gitLogins).set({ lastUsedAt: at }).where(eq(gitLogins.id, id));
    },
  };
}
