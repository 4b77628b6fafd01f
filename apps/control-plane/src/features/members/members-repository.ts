import type { Database, Queryable } from '@spt-flow/db/client';
import {
  apiTokens,
  gitLogins,
  groupMembers,
  groups,
  loginSessions,
  organizationMembers,
  projectGrants,
  projects,
  users,
  workspaces,
} from '@spt-flow/db/schema';
import type { Role } from '@spt-flow/shared/domain/roles';
import { and, asc, eq, inArray, max, ne } from 'drizzle-orm';

export type MembersRepository = ReturnType<typeof createMembersRepository>;

/** MemberKey names a person within an organization. */
export interface MemberKey {
  readonly organizationId: string;
  readonly userId: string;
}

export interface MemberRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly joinedAt: Date;
  readonly lastSeenAt: Date | null;
}

/** What waited for somebody in groups and projects must not wait for them when they come back. */
async function removeAccess({ organizationId, userId }: MemberKey, tx: Queryable): Promise<void> {
  const ownGroups = tx
    .select({ id: groups.id })
    .from(groups)
    .where(eq(groups.organizationId, organizationId));
  await tx
    .delete(groupMembers)
    .where(and(eq(groupMembers.userId, userId), inArray(groupMembers.groupId, ownGroups)));
  const ownProjects = tx
    .select({ id: projects.id })
    .from(projects)
    .where(eq(projects.organizationId, organizationId));
  await tx
    .delete(projectGrants)
    .where(and(eq(projectGrants.userId, userId), inArray(projectGrants.projectId, ownProjects)));
}

/** createMembersRepository knows who belongs to an organization. */
export function createMembersRepository(db: Database) {
  function isMember({ organizationId, userId }: MemberKey) {
    return and(
      eq(organizationMembers.organizationId, organizationId),
      eq(organizationMembers.userId, userId),
    );
  }

  return {
    transaction: db.transaction.bind(db),

    async list(organizationId: string): Promise<MemberRow[]> {
      return db
        .select({
          id: users.id,
          name: users.name,
          email: users.email,
          role: organizationMembers.role,
          joinedAt: organizationMembers.createdAt,
          lastSeenAt: max(loginSessions.lastSeenAt),
        })
        .from(organizationMembers)
        .innerJoin(users, eq(users.id, organizationMembers.userId))
        .leftJoin(
          loginSessions,
          and(
            eq(loginSessions.userId, users.id),
            eq(loginSessions.organizationId, organizationMembers.organizationId),
          ),
        )
        .where(eq(organizationMembers.organizationId, organizationId))
        .groupBy(users.id, organizationMembers.role, organizationMembers.createdAt)
        .orderBy(asc(organizationMembers.createdAt), asc(users.id));
    },

    async findPasswordHash(userId: string): Promise<string | null | undefined> {
      const [row] = await db
        .select({ passwordHash: users.passwordHash })
        .from(users)
        .where(eq(users.id, userId));
      return row?.passwordHash;
    },

    async isMember(key: MemberKey, tx: Queryable): Promise<boolean> {
      return (await tx.$count(organizationMembers, isMember(key))) > 0;
    },

    /** Of the admins; until the transaction ends nobody else changes who they are. */
    async lockAdmins(organizationId: string, tx: Queryable): Promise<string[]> {
      const rows = await tx
        .select({ userId: organizationMembers.userId })
        .from(organizationMembers)
        .where(
          and(
            eq(organizationMembers.organizationId, organizationId),
            eq(organizationMembers.role, 'admin'),
          ),
        )
        .for('update');
      return rows.map(({ userId }) => userId);
    },

    async setRole(key: MemberKey, role: Role, tx: Queryable): Promise<void> {
      await tx.update(organizationMembers).set({ role }).where(isMember(key));
    },

    /** Answers how many workspaces have no owner among the members then. */
    async remove(key: MemberKey, tx: Queryable): Promise<{ readonly workspaces: number }> {
      await tx.delete(organizationMembers).where(isMember(key));
      await tx
        .delete(gitLogins)
        .where(
          and(eq(gitLogins.organizationId, key.organizationId), eq(gitLogins.userId, key.userId)),
        );
      await tx
        .delete(apiTokens)
        .where(
          and(eq(apiTokens.organizationId, key.organizationId), eq(apiTokens.userId, key.userId)),
        );
      await tx
        .delete(loginSessions)
        .where(
          and(
            eq(loginSessions.organizationId, key.organizationId),
            eq(loginSessions.userId, key.userId),
          ),
        );
      await removeAccess(key, tx);
      const { organizationId, ownerId, actualState } = workspaces;
      const isOwn = and(
        ...[eq(organizationId, key.organizationId), eq(ownerId, key.userId)],
        ne(actualState, 'deleted'),
      );
      return { workspaces: await tx.$count(workspaces, isOwn) };
    },

    /** Ends all logins of a person but the one that is kept. */
    async setPassword(
      userId: string,
      { passwordHash, keepLogin }: { passwordHash: string; keepLogin?: string | undefined },
      tx: Queryable,
    ): Promise<void> {
      await tx.update(users).set({ passwordHash }).where(eq(users.id, userId));
      const others = and(
        eq(loginSessions.userId, userId),
        ...(keepLogin === undefined ? [] : [ne(loginSessions.id, keepLogin)]),
      );
      await tx.delete(loginSessions).where(others);
    },
  };
}
