import { and, desc, eq, gt, inArray, isNotNull, isNull, lt, or, sql, type SQL } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { enrolmentTokens, workspaces } from '@spt-flow/db/schema';
import type { ChannelBinding } from '@spt-flow/tunnel/handshake/messages';

export type TokenRow = typeof enrolmentTokens.$inferSelect;
export type EnrolmentRepository = ReturnType<typeof createEnrolmentRepository>;

export interface TokenUse {
  readonly mode: 'enrol' | 'fork';
  readonly tokenHash: string;
  readonly channelBinding: ChannelBinding;
  readonly keyId: string;
  readonly now: Date;
}

/** Which tokens: one, a workspace's, or those that a member made or whose workspaces they own. */
export interface TokensOf {
  readonly by: 'token' | 'workspace' | 'user';
  readonly id: string;
}

export function createEnrolmentRepository(db: Database) {
  return {
    async create(values: typeof enrolmentTokens.$inferInsert, now: Date): Promise<void> {
      await db
        .delete(enrolmentTokens)
        .where(
          and(
            eq(enrolmentTokens.workspaceId, values.workspaceId),
            lt(enrolmentTokens.expiresAt, now),
          ),
        );
      await db.insert(enrolmentTokens).values(values);
    },

    async findByHash(tokenHash: string, tx: Queryable): Promise<TokenRow | undefined> {
      const [row] = await tx
        .select()
        .from(enrolmentTokens)
        .where(eq(enrolmentTokens.tokenHash, tokenHash));
      return row;
    },

    /** When the last token of the workspace that is still good ends. */
    async openUntil(workspaceId: string, now: Date): Promise<Date | undefined> {
      const [row] = await db
        .select({ at: enrolmentTokens.expiresAt })
        .from(enrolmentTokens)
        .where(and(eq(enrolmentTokens.workspaceId, workspaceId), isGood(now)))
        .orderBy(desc(enrolmentTokens.expiresAt))
        .limit(1);
      return row?.at;
    },

    /** One statement decides who uses the token: the row for that one, undefined for all others. */
    async consume(use: TokenUse, tx: Queryable): Promise<TokenRow | undefined> {
      const { forkOfAgentId } = enrolmentTokens;
      const [row] = await tx
        .update(enrolmentTokens)
        .set({ usedAt: use.now, usedByKeyId: use.keyId })
        .where(
          and(
            eq(enrolmentTokens.tokenHash, use.tokenHash),
            eq(enrolmentTokens.channelBinding, use.channelBinding),
            use.mode === 'fork' ? isNotNull(forkOfAgentId) : isNull(forkOfAgentId),
            or(isNull(enrolmentTokens.forKeyId), eq(enrolmentTokens.forKeyId, use.keyId)),
            isGood(use.now),
          ),
        )
        .returning();
      return row;
    },

    async setGeneration(id: string, usedForGeneration: number, tx: Queryable): Promise<void> {
      await tx.update(enrolmentTokens).set({ usedForGeneration }).where(eq(enrolmentTokens.id, id));
    },

    /** Makes tokens worthless; returns those that were not so already. */
    async revoke(organizationId: string, of: TokensOf, tx: Queryable): Promise<TokenRow[]> {
      return tx
        .update(enrolmentTokens)
        .set({ revokedAt: sql`now()` })
        .where(
          and(
            eq(enrolmentTokens.organizationId, organizationId),
            conditionOf(of),
            isNull(enrolmentTokens.revokedAt),
          ),
        )
        .returning();
    },
  };

  function isGood(now: Date): SQL | undefined {
    return and(
      isNull(enrolmentTokens.usedAt),
      isNull(enrolmentTokens.revokedAt),
      gt(enrolmentTokens.expiresAt, now),
    );
  }

  function conditionOf({ by, id }: TokensOf): SQL | undefined {
    if (by === 'token') return eq(enrolmentTokens.id, id);
    if (by === 'workspace') return eq(enrolmentTokens.workspaceId, id);
    const owned = db
      .select({ id: workspaces.id })
      .from(workspaces)
      .where(eq(workspaces.ownerId, id));
    return or(eq(enrolmentTokens.createdBy, id), inArray(enrolmentTokens.workspaceId, owned));
  }
}
