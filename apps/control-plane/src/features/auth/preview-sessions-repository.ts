import { and, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { loginSessions, organizationMembers, previewSessions } from '@spt-flow/db/schema';
import type { Visitor } from '@spt-flow/shared/domain/sharing';

export type PreviewSessionsRepository = ReturnType<typeof createPreviewSessionsRepository>;

const CODE_AGE = sql`interval '60 seconds'`;
/** A browser signs in at a preview's host again after this time, without being asked anything. */
const SESSION_AGE = sql`interval '7 days'`;

/** What binds a code: the host name it is for and the browser that made the challenge. */
interface Binding {
  readonly label: string;
  readonly challenge: string;
  readonly codeHash: string;
}

export function createPreviewSessionsRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    async create(values: Binding & { loginSessionId: string }): Promise<void> {
      await db
        .delete(previewSessions)
        .where(
          or(
            lt(previewSessions.createdAt, sql`now() - ${SESSION_AGE}`),
            and(isNull(previewSessions.tokenHash), lt(previewSessions.codeExpiresAt, sql`now()`)),
          ),
        );
      await db
        .insert(previewSessions)
        .values({ ...values, codeExpiresAt: sql`now() + ${CODE_AGE}` });
    },

    /** For the one caller that used the code: whose login it was. */
    async redeem(
      { label, challenge, codeHash }: Binding,
      tokenHash: string,
      tx: Queryable,
    ): Promise<{ userId: string; organizationId: string } | undefined> {
      const [row] = await tx
        .update(previewSessions)
        .set({ tokenHash, codeHash: null })
        .from(loginSessions)
        .where(
          and(
            eq(loginSessions.id, previewSessions.loginSessionId),
            eq(previewSessions.codeHash, codeHash),
            eq(previewSessions.label, label),
            eq(previewSessions.challenge, challenge),
            gt(previewSessions.codeExpiresAt, sql`now()`),
          ),
        )
        .returning({ userId: loginSessions.userId, organizationId: loginSessions.organizationId });
      return row;
    },

    /** Ends with the login that it came from. */
    async find(tokenHash: string, label: string): Promise<Visitor | undefined> {
      const [row] = await db
        .select({
          userId: loginSessions.userId,
          organizationId: loginSessions.organizationId,
          role: organizationMembers.role,
        })
        .from(previewSessions)
        .innerJoin(loginSessions, eq(loginSessions.id, previewSessions.loginSessionId))
        .innerJoin(
          organizationMembers,
          and(
            eq(organizationMembers.userId, loginSessions.userId),
            eq(organizationMembers.organizationId, loginSessions.organizationId),
          ),
        )
        .where(
          and(
            eq(previewSessions.tokenHash, tokenHash),
            eq(previewSessions.label, label),
            gt(previewSessions.createdAt, sql`now() - ${SESSION_AGE}`),
            gt(loginSessions.expiresAt, sql`now()`),
          ),
        );
      return row;
    },
  };
}
