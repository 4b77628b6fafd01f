import { and, eq, gt, inArray, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { modelTokens, transitions, workspaces } from '@spt-flow/db/schema';

export type AccessRepository = ReturnType<typeof createAccessRepository>;

const WORKSPACE = {
  id: workspaces.id,
  organizationId: workspaces.organizationId,
  projectId: workspaces.projectId,
  ownerId: workspaces.ownerId,
  desiredState: workspaces.desiredState,
  settings: workspaces.settings,
  nextStart: workspaces.nextStart,
};

/** Whose a request is. */
export type AccessWorkspace = Pick<typeof workspaces.$inferSelect, keyof typeof WORKSPACE>;

export function createAccessRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    async workspace(id: string): Promise<AccessWorkspace | undefined> {
      const [row] = await db.select(WORKSPACE).from(workspaces).where(eq(workspaces.id, id));
      return row;
    },

    async addToken(values: typeof modelTokens.$inferInsert, tx: Queryable): Promise<void> {
      await tx.insert(modelTokens).values(values);
    },

    /** The token as it was given to this workspace; undefined: to another one, to nobody, or it was revoked. */
    async ofToken(tokenHash: string, workspaceId: string) {
      const stopped = db
        .select({ id: transitions.id })
        .from(transitions)
        .where(
          and(
            eq(transitions.workspaceId, modelTokens.workspaceId),
            inArray(transitions.kind, ['stop', 'delete']),
            gt(transitions.startedAt, modelTokens.createdAt),
          ),
        );
      const [row] = await db
        .select({
          workspace: WORKSPACE,
          expiresAt: modelTokens.expiresAt,
          wasStopped: sql<boolean>`exists ${stopped}`,
        })
        .from(modelTokens)
        .innerJoin(
          workspaces,
          and(
            eq(workspaces.id, modelTokens.workspaceId),
            eq(workspaces.organizationId, modelTokens.organizationId),
          ),
        )
        .where(and(eq(modelTokens.tokenHash, tokenHash), eq(modelTokens.workspaceId, workspaceId)));
      return row;
    },

    async removeOfSession(sessionId: string): Promise<void> {
      await db.delete(modelTokens).where(eq(modelTokens.sessionId, sessionId));
    },

    async removeExpired(before: Date, workspaceId: string, tx: Queryable): Promise<void> {
      await tx
        .delete(modelTokens)
        .where(
          and(eq(modelTokens.workspaceId, workspaceId), sql`${modelTokens.expiresAt} < ${before}`),
        );
    },
  };
}
