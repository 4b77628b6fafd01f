import type { Database, Queryable } from '@spt-flow/db/client';
import { invitations, organizationMembers, organizations, users } from '@spt-flow/db/schema';
import type { Role } from '@spt-flow/shared/domain/roles';
import { alias } from 'drizzle-orm/pg-core';
import { and, asc, eq, gt, isNull, lt, sql } from 'drizzle-orm';

export type InvitationsRepository = ReturnType<typeof createInvitationsRepository>;

export interface InvitationRow {
  readonly id: string;
  readonly organizationId: string;
  readonly organizationName: string;
  readonly role: Role;
  readonly email: string | null;
  readonly memberId: string | null;
  readonly invitedBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** createInvitationsRepository keeps the links with which people join; one that is used or over is as if it were not there. */
export function createInvitationsRepository(db: Database) {
  const inviters = alias(users, 'inviters');
  const isOpen = and(isNull(invitations.usedAt), gt(invitations.expiresAt, sql`now()`));

  function select(tx: Queryable = db) {
    return tx
      .select({
        id: invitations.id,
        organizationId: invitations.organizationId,
        organizationName: organizations.name,
        role: invitations.role,
        email: invitations.email,
        memberId: invitations.memberId,
        invitedBy: inviters.name,
        createdAt: invitations.createdAt,
        expiresAt: invitations.expiresAt,
      })
      .from(invitations)
      .innerJoin(organizations, eq(organizations.id, invitations.organizationId))
      .innerJoin(inviters, eq(inviters.id, invitations.createdBy));
  }

  return {
    transaction: db.transaction.bind(db),

    /** Those for somebody new. */
    async list(organizationId: string): Promise<InvitationRow[]> {
      return select()
        .where(
          and(eq(invitations.organizationId, organizationId), isNull(invitations.memberId), isOpen),
        )
        .orderBy(asc(invitations.createdAt), asc(invitations.id));
    },

    async find(tokenHash: string, tx: Queryable = db): Promise<InvitationRow | undefined> {
      const [row] = await select(tx).where(and(eq(invitations.tokenHash, tokenHash), isOpen));
      return row;
    },

    /** The oldest that an admin wrote this address on. */
    async findByAddress(email: string, tx: Queryable): Promise<InvitationRow | undefined> {
      const isTheirs = eq(sql`lower(${invitations.email})`, email.toLowerCase());
      const [row] = await select(tx)
        .where(and(isTheirs, isNull(invitations.memberId), isOpen))
        .orderBy(asc(invitations.createdAt))
        .limit(1);
      return row;
    },

    async insert(values: typeof invitations.$inferInsert, tx: Queryable): Promise<InvitationRow> {
      await tx.delete(invitations).where(lt(invitations.expiresAt, sql`now() - interval '1 day'`));
      const [inserted] = await tx
        .insert(invitations)
        .values(values)
        .returning({ id: invitations.id });
      const [row] = inserted ? await select(tx).where(eq(invitations.id, inserted.id)) : [];
      if (!row) throw new Error('insert returned no row');
      return row;
    },

    async remove(organizationId: string, id: string, tx: Queryable): Promise<boolean> {
      const gone = await tx
        .delete(invitations)
        .where(and(eq(invitations.organizationId, organizationId), eq(invitations.id, id), isOpen))
        .returning({ id: invitations.id });
      return gone.length === 1;
    },

    /** Links of before open nothing once a member chose a password, or is none any more. */
    async removeOfMember(memberId: string, tx: Queryable): Promise<void> {
      await tx.delete(invitations).where(eq(invitations.memberId, memberId));
    },

    /** Who may no longer let people in must not come back through a door that they left open. */
    async removeMadeBy(
      by: { organizationId: string; userId: string },
      tx: Queryable,
    ): Promise<void> {
      await tx
        .delete(invitations)
        .where(
          and(
            eq(invitations.organizationId, by.organizationId),
            eq(invitations.createdBy, by.userId),
            isOpen,
          ),
        );
    },

    /** True for the one caller that used it. */
    async use(id: string, tx: Queryable): Promise<boolean> {
      const used = await tx
        .update(invitations)
        .set({ usedAt: sql`now()` })
        .where(and(eq(invitations.id, id), isOpen))
        .returning({ id: invitations.id });
      return used.length === 1;
    },

    /** Who has this address, and whether they belong to any organization. */
    async findByEmail(
      email: string,
      tx: Queryable,
    ): Promise<{ userId: string; isMember: boolean } | undefined> {
      const [row] = await tx
        .select({ userId: users.id, organizationId: organizationMembers.organizationId })
        .from(users)
        .leftJoin(organizationMembers, eq(organizationMembers.userId, users.id))
        .where(eq(sql`lower(${users.email})`, email.toLowerCase()))
        .limit(1);
      return row && { userId: row.userId, isMember: row.organizationId !== null };
    },

    async comeBack(
      userId: string,
      values: { name: string; passwordHash: string },
      tx: Queryable,
    ): Promise<void> {
      await tx.update(users).set(values).where(eq(users.id, userId));
    },
  };
}
