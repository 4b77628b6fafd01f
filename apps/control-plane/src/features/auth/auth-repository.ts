import { and, desc, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import {
  apiTokens,
  deviceLogins,
  loginSessions,
  organizationMembers,
  organizations,
  setupTokens,
  users,
} from '@spt-flow/db/schema';
import type { Role, Scope } from '@spt-flow/shared/domain/roles';
import { lockCount } from '../../lib/count-lock-repository.ts';
import type { Principal } from '../../lib/principal.ts';

/** Of one person in an organization, and all of them are listed. */
export const MAX_API_TOKENS = 200;

export type AuthRepository = ReturnType<typeof createAuthRepository>;

const account = {
  userId: users.id,
  userName: users.name,
  userEmail: users.email,
  organizationId: organizations.id,
  organizationName: organizations.name,
  organizationSlug: organizations.slug,
  role: organizationMembers.role,
};
/** Who was removed from the organization has no credentials for it any more. */
const isMembership = and(
  eq(organizationMembers.userId, users.id),
  eq(organizationMembers.organizationId, organizations.id),
);

/** Account is a member of an organization, as credentials resolve to it. */
export type Account = Omit<Principal, 'scope' | 'limitedTo' | 'via'>;

export interface TokenOwner {
  readonly userId: string;
  readonly organizationId: string;
}

function isOf({ userId, organizationId }: TokenOwner) {
  return and(eq(apiTokens.userId, userId), eq(apiTokens.organizationId, organizationId));
}

export function createAuthRepository(db: Database) {
  function accounts(tx: Queryable) {
    return tx
      .select(account)
      .from(users)
      .innerJoin(organizationMembers, eq(organizationMembers.userId, users.id))
      .innerJoin(organizations, eq(organizations.id, organizationMembers.organizationId))
      .$dynamic();
  }

  return {
    transaction: db.transaction.bind(db),

    async hasUsers(): Promise<boolean> {
      return (await db.select({ id: users.id }).from(users).limit(1)).length > 0;
    },

    async addSetupToken(
      tokenHash: string,
      { keepsEarlier }: { keepsEarlier: boolean },
    ): Promise<void> {
      await db.transaction(async (tx) => {
        if (!keepsEarlier) await tx.delete(setupTokens).where(isNull(setupTokens.usedAt));
        await tx.insert(setupTokens).values({ tokenHash });
      });
    },

    /** True for the one caller that used one of the tokens; all are used up then. Else the transaction has to end. */
    async useSetupToken(tokenHash: string, tx: Queryable): Promise<boolean> {
      const used = await tx
        .update(setupTokens)
        .set({ usedAt: sql`now()` })
        .where(isNull(setupTokens.usedAt))
        .returning({ tokenHash: setupTokens.tokenHash });
      return used.some((token) => token.tokenHash === tokenHash);
    },

    async createUser(values: typeof users.$inferInsert, tx: Queryable): Promise<string> {
      const [row] = await tx.insert(users).values(values).returning({ id: users.id });
      if (!row) throw new Error('insert returned no row');
      return row.id;
    },

    async createOrganization(
      values: { name: string; slug: string },
      tx: Queryable,
    ): Promise<string> {
      const [row] = await tx
        .insert(organizations)
        .values(values)
        .returning({ id: organizations.id });
      if (!row) throw new Error('insert returned no row');
      return row.id;
    },

    async addMember(
      values: { organizationId: string; userId: string; role: Role },
      tx: Queryable,
    ): Promise<void> {
      await tx.insert(organizationMembers).values(values);
    },

    async findAccountByEmail(
      email: string,
    ): Promise<(Account & { passwordHash: string | null }) | undefined> {
      const [row] = await db
        .select({ ...account, passwordHash: users.passwordHash })
        .from(users)
        .innerJoin(organizationMembers, eq(organizationMembers.userId, users.id))
        .innerJoin(organizations, eq(organizations.id, organizationMembers.organizationId))
        .where(eq(sql`lower(${users.email})`, email.toLowerCase()))
        .orderBy(organizationMembers.createdAt)
        .limit(1);
      return row;
    },

    async findAccount(
      userId: string,
      organizationId: string,
      tx: Queryable = db,
    ): Promise<Account | undefined> {
      const [row] = await accounts(tx).where(
        and(eq(users.id, userId), eq(organizations.id, organizationId)),
      );
      return row;
    },

    async createLogin(values: typeof loginSessions.$inferInsert): Promise<void> {
      await db.insert(loginSessions).values(values);
    },

    async findLogin(
      tokenHash: string,
    ): Promise<
      (Account & { credentialId: string; lastSeenAt: Date; identityId: string | null }) | undefined
    > {
      const [row] = await db
        .select({
          ...account,
          credentialId: loginSessions.id,
          lastSeenAt: loginSessions.lastSeenAt,
          identityId: loginSessions.identityId,
        })
        .from(loginSessions)
        .innerJoin(users, eq(users.id, loginSessions.userId))
        .innerJoin(organizations, eq(organizations.id, loginSessions.organizationId))
        .innerJoin(organizationMembers, isMembership)
        .where(
          and(eq(loginSessions.tokenHash, tokenHash), gt(loginSessions.expiresAt, sql`now()`)),
        );
      return row;
    },

    /** Without an end of its own it keeps the one that it has. */
    async prolongLogin(id: string, expiresAt: Date | undefined): Promise<void> {
      await db
        .update(loginSessions)
        .set({ lastSeenAt: sql`now()`, ...(expiresAt && { expiresAt }) })
        .where(eq(loginSessions.id, id));
    },

    async deleteLogin(id: string): Promise<void> {
      await db.delete(loginSessions).where(eq(loginSessions.id, id));
    },

    async findApiToken(
      tokenHash: string,
    ): Promise<
      (Account & { credentialId: string; scope: Scope; lastUsedAt: Date | null }) | undefined
    > {
      const [row] = await db
        .select({
          ...account,
          credentialId: apiTokens.id,
          scope: apiTokens.scope,
          lastUsedAt: apiTokens.lastUsedAt,
        })
        .from(apiTokens)
        .innerJoin(users, eq(users.id, apiTokens.userId))
        .innerJoin(organizations, eq(organizations.id, apiTokens.organizationId))
        .innerJoin(organizationMembers, isMembership)
        .where(
          and(
            eq(apiTokens.tokenHash, tokenHash),
            or(isNull(apiTokens.expiresAt), gt(apiTokens.expiresAt, sql`now()`)),
          ),
        );
      return row;
    },

    async touchApiToken(id: string): Promise<void> {
      await db
        .update(apiTokens)
        .set({ lastUsedAt: sql`now()` })
        .where(eq(apiTokens.id, id));
    },

    async createApiToken(
      values: typeof apiTokens.$inferInsert,
      tx: Queryable,
    ): Promise<typeof apiTokens.$inferSelect> {
      const [row] = await tx.insert(apiTokens).values(values).returning();
      if (!row) throw new Error('insert returned no row');
      return row;
    },

    async listApiTokens(owner: TokenOwner) {
      return db
        .select()
        .from(apiTokens)
        .where(isOf(owner))
        .orderBy(desc(apiTokens.createdAt))
        .limit(MAX_API_TOKENS);
    },

    /** Whether a person may have another one; until the transaction ends nobody else counts them. */
    async hasRoomForApiToken(owner: TokenOwner, tx: Queryable): Promise<boolean> {
      await lockCount(tx, `tokens:${owner.organizationId}:${owner.userId}`);
      if ((await tx.$count(apiTokens, isOf(owner))) < MAX_API_TOKENS) return true;
      await tx.delete(apiTokens).where(and(isOf(owner), sql`${apiTokens.expiresAt} < now()`));
      return (await tx.$count(apiTokens, isOf(owner))) < MAX_API_TOKENS;
    },

    async deleteApiToken(
      owner: { userId: string; organizationId: string },
      id: string,
      tx: Queryable = db,
    ): Promise<boolean> {
      const gone = await tx
        .delete(apiTokens)
        .where(
          and(
            eq(apiTokens.id, id),
            eq(apiTokens.userId, owner.userId),
            eq(apiTokens.organizationId, owner.organizationId),
          ),
        )
        .returning({ id: apiTokens.id });
      return gone.length === 1;
    },

    async createDeviceLogin(values: typeof deviceLogins.$inferInsert): Promise<void> {
      await db
        .delete(deviceLogins)
        .where(sql`${deviceLogins.expiresAt} < now() - interval '1 hour'`);
      await db.insert(deviceLogins).values(values);
    },

    async findDeviceLogin(by: { userCode: string } | { tokenHash: string }) {
      const matches =
        'userCode' in by
          ? eq(deviceLogins.userCode, by.userCode)
          : eq(deviceLogins.tokenHash, by.tokenHash);
      const [row] = await db.select().from(deviceLogins).where(matches);
      return row;
    },

    /** Decides once: a decision is never changed. */
    async decideDeviceLogin(
      userCode: string,
      decision: { approved: boolean; approvedBy: string; organizationId: string },
      tx: Queryable,
    ): Promise<boolean> {
      const decided = await tx
        .update(deviceLogins)
        .set(decision)
        .where(
          and(
            eq(deviceLogins.userCode, userCode),
            isNull(deviceLogins.approved),
            gt(deviceLogins.expiresAt, sql`now()`),
          ),
        )
        .returning({ id: deviceLogins.id });
      return decided.length === 1;
    },

    async redeemDeviceLogin(id: string, tx: Queryable): Promise<boolean> {
      const redeemed = await tx
        .update(deviceLogins)
        .set({ redeemedAt: sql`now()` })
        .where(and(eq(deviceLogins.id, id), isNull(deviceLogins.redeemedAt)))
        .returning({ id: deviceLogins.id });
      return redeemed.length === 1;
    },
  };
}
