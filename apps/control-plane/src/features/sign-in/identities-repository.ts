import type { Database, Queryable } from '@spt-flow/db/client';
import {
  apiTokens,
  loginSessions,
  organizationMembers,
  userIdentities,
  users,
} from '@spt-flow/db/schema';
import type { Role } from '@spt-flow/shared/domain/roles';
import { and, asc, eq, sql } from 'drizzle-orm';
import { firstOrganization } from '../../lib/first-organization-repository.ts';

export type IdentitiesRepository = ReturnType<typeof createIdentitiesRepository>;
export type Transaction = Parameters<Parameters<IdentitiesRepository['transaction']>[0]>[0];

export interface Membership {
  readonly userId: string;
  readonly organizationId: string;
  readonly role: Role;
}

interface IdentityKey {
  readonly issuer: string;
  readonly subject: string;
}

/** createIdentitiesRepository knows who people are elsewhere. */
export function createIdentitiesRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    async find(
      { issuer, subject }: IdentityKey,
      tx: Queryable,
    ): Promise<{ id: string; userId: string } | undefined> {
      const [row] = await tx
        .select({ id: userIdentities.id, userId: userIdentities.userId })
        .from(userIdentities)
        .where(and(eq(userIdentities.issuer, issuer), eq(userIdentities.subject, subject)));
      return row;
    },

    async insert(values: typeof userIdentities.$inferInsert, tx: Queryable): Promise<string> {
      const [row] = await tx
        .insert(userIdentities)
        .values(values)
        .returning({ id: userIdentities.id });
      if (!row) throw new Error('insert returned no row');
      return row.id;
    },

    async touch(id: string, email: string | undefined, tx: Queryable): Promise<void> {
      await tx
        .update(userIdentities)
        .set({ email: email ?? null, lastUsedAt: sql`now()` })
        .where(eq(userIdentities.id, id));
    },

    async list(userId: string, tx: Queryable = db) {
      return tx
        .select()
        .from(userIdentities)
        .where(eq(userIdentities.userId, userId))
        .orderBy(asc(userIdentities.createdAt));
    },

    /** Whoever changes how this person signs in waits until the transaction ends. */
    async lockPassword(userId: string, tx: Queryable): Promise<boolean> {
      const [row] = await tx
        .select({ passwordHash: users.passwordHash })
        .from(users)
        .where(eq(users.id, userId))
        .for('update');
      return row?.passwordHash != null;
    },

    async remove(userId: string, id: string, tx: Queryable): Promise<void> {
      await tx
        .delete(userIdentities)
        .where(and(eq(userIdentities.id, id), eq(userIdentities.userId, userId)));
    },

    /** The organization in which somebody signs in: their first. */
    async membershipOf(userId: string, tx: Queryable): Promise<Membership | undefined> {
      const [row] = await tx
        .select({
          userId: organizationMembers.userId,
          organizationId: organizationMembers.organizationId,
          role: organizationMembers.role,
        })
        .from(organizationMembers)
        .where(eq(organizationMembers.userId, userId))
        .orderBy(asc(organizationMembers.createdAt))
        .limit(1);
      return row;
    },

    firstOrganization,

    async findUser(email: string, tx: Queryable): Promise<{ userId: string } | undefined> {
      const [row] = await tx
        .select({ userId: users.id })
        .from(users)
        .where(eq(sql`lower(${users.email})`, email.toLowerCase()));
      return row;
    },

    /** What opened the account until now opens it no more: nobody had proved that its address is theirs. */
    async closeDoors(userId: string, tx: Queryable): Promise<void> {
      await tx.update(users).set({ passwordHash: null }).where(eq(users.id, userId));
      await tx.delete(userIdentities).where(eq(userIdentities.userId, userId));
      await tx.delete(apiTokens).where(eq(apiTokens.userId, userId));
      await tx.delete(loginSessions).where(eq(loginSessions.userId, userId));
    },

    async endLogins(userId: string, tx: Queryable): Promise<void> {
      await tx.delete(apiTokens).where(eq(apiTokens.userId, userId));
      await tx.delete(loginSessions).where(eq(loginSessions.userId, userId));
    },
  };
}
