import { and, asc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import {
  groupMembers,
  groups,
  organizationMembers,
  projectGrants,
  users,
} from '@spt-flow/db/schema';
import type { Group } from '@spt-flow/shared/api/groups';
import { lockCount } from '../../lib/count-lock-repository.ts';

export type GroupRow = Pick<typeof groups.$inferSelect, 'id' | 'name' | 'follows'>;
export type GroupsRepository = ReturnType<typeof createGroupsRepository>;

const COLUMNS = { id: groups.id, name: groups.name, follows: groups.follows };

/** createGroupsRepository knows the groups of organizations, and who is in them. */
export function createGroupsRepository(db: Database) {
  function ofOrganization(organizationId: string, id?: string) {
    return and(
      eq(groups.organizationId, organizationId),
      id === undefined ? undefined : eq(groups.id, id),
    );
  }

  return {
    transaction: db.transaction.bind(db),

    /** All of them, or one. */
    async list(organizationId: string, id?: string): Promise<Group[]> {
      const projects = sql<number>`(select count(*)::int from ${projectGrants} where ${projectGrants.groupId} = "groups"."id")`;
      const rows = await db
        .select({ ...COLUMNS, projects })
        .from(groups)
        .where(ofOrganization(organizationId, id))
        .orderBy(asc(sql`lower(${groups.name})`));
      const people = await db
        .select({ groupId: groupMembers.groupId, id: users.id, name: users.name })
        .from(groupMembers)
        .innerJoin(groups, eq(groups.id, groupMembers.groupId))
        .innerJoin(users, eq(users.id, groupMembers.userId))
        .where(ofOrganization(organizationId, id))
        .orderBy(asc(users.name), asc(users.id));
      return rows.map((row) => ({
        ...row,
        members: people
          .filter(({ groupId }) => groupId === row.id)
          .map((person) => ({ id: person.id, name: person.name })),
      }));
    },

    /** Until the transaction ends nobody else counts them. */
    async count(organizationId: string, tx: Queryable): Promise<number> {
      await lockCount(tx, `groups:${organizationId}`);
      return tx.$count(groups, ofOrganization(organizationId));
    },

    /** Until the transaction ends nobody else changes it. */
    async lock(organizationId: string, id: string, tx: Queryable): Promise<GroupRow | undefined> {
      const [row] = await tx
        .select(COLUMNS)
        .from(groups)
        .where(ofOrganization(organizationId, id))
        .for('update');
      return row;
    },

    async insert(values: typeof groups.$inferInsert, tx: Queryable): Promise<string> {
      const [row] = await tx.insert(groups).values(values).returning({ id: groups.id });
      if (!row) throw new Error('insert returned no row');
      return row.id;
    },

    async rename(id: string, name: string, tx: Queryable): Promise<void> {
      await tx.update(groups).set({ name }).where(eq(groups.id, id));
    },

    async remove(id: string, tx: Queryable): Promise<void> {
      await tx.delete(groups).where(eq(groups.id, id));
    },

    /** Whether somebody is a member of the organization; until the transaction ends they stay one. */
    async isMember(organizationId: string, userId: string, tx: Queryable): Promise<boolean> {
      const found = await tx
        .select({ userId: organizationMembers.userId })
        .from(organizationMembers)
        .where(
          and(
            eq(organizationMembers.organizationId, organizationId),
            eq(organizationMembers.userId, userId),
          ),
        )
        .for('share');
      return found.length === 1;
    },

    async add(groupIds: readonly string[], userId: string, tx: Queryable): Promise<void> {
      if (groupIds.length === 0) return;
      await tx
        .insert(groupMembers)
        .values(groupIds.map((groupId) => ({ groupId, userId })))
        .onConflictDoNothing();
    },

    async take(groupIds: readonly string[], userId: string, tx: Queryable): Promise<number> {
      if (groupIds.length === 0) return 0;
      const taken = await tx
        .delete(groupMembers)
        .where(and(inArray(groupMembers.groupId, [...groupIds]), eq(groupMembers.userId, userId)))
        .returning({ groupId: groupMembers.groupId });
      return taken.length;
    },

    /** Those that follow groups elsewhere, and whether somebody is in them. */
    async followers(organizationId: string, userId: string, tx: Queryable) {
      return tx
        .select({ ...COLUMNS, isMember: isNotNull(groupMembers.userId).mapWith(Boolean) })
        .from(groups)
        .leftJoin(
          groupMembers,
          and(eq(groupMembers.groupId, groups.id), eq(groupMembers.userId, userId)),
        )
        .where(and(ofOrganization(organizationId), isNotNull(groups.follows)));
    },
  };
}
