import { and, asc, count, eq, inArray, isNotNull, isNull, ne, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import {
  organizationMembers,
  projectGrants,
  projects,
  users,
  workspaceLifecycles,
  workspaces,
  workspaceSnapshots,
} from '@spt-flow/db/schema';
import type { Belongings, FormerMember } from '@spt-flow/shared/api/members';
import type { Role } from '@spt-flow/shared/domain/roles';
import type { MemberKey } from './members-repository.ts';

/** More than anybody looks at. */
const MAX_LISTED = 500;

/** Moved are the ids of what has another owner now. */
export interface Moved {
  readonly workspaces: readonly string[];
  readonly projects: readonly string[];
}

export type BelongingsRepository = ReturnType<typeof createBelongingsRepository>;

/** createBelongingsRepository knows whose workspaces and projects there are. */
export function createBelongingsRepository(db: Database) {
  function ownWorkspaces({ organizationId, userId }: MemberKey) {
    return and(
      eq(workspaces.organizationId, organizationId),
      eq(workspaces.ownerId, userId),
      ne(workspaces.actualState, 'deleted'),
    );
  }

  function ownProjects({ organizationId, userId }: MemberKey) {
    return and(
      eq(projects.organizationId, organizationId),
      eq(projects.userId, userId),
      ne(projects.status, 'archived'),
    );
  }

  return {
    transaction: db.transaction.bind(db),

    async list(key: MemberKey): Promise<Belongings> {
      const { id, name, actualState } = workspaces;
      const hasSchedule = isNotNull(workspaceLifecycles.schedule).mapWith(Boolean);
      return {
        workspaces: await db
          .select({ id, name, actualState, hasSchedule })
          .from(workspaces)
          .leftJoin(workspaceLifecycles, eq(workspaceLifecycles.workspaceId, id))
          .where(ownWorkspaces(key))
          .orderBy(asc(name))
          .limit(MAX_LISTED),
        projects: await db
          .select({ id: projects.id, name: projects.name })
          .from(projects)
          .where(ownProjects(key))
          .orderBy(asc(projects.name))
          .limit(MAX_LISTED),
      };
    },

    async isMember({ organizationId, userId }: MemberKey): Promise<boolean> {
      const { organizationId: ofMember, userId: member } = organizationMembers;
      const isOne = and(eq(ofMember, organizationId), eq(member, userId));
      return (await db.$count(organizationMembers, isOne)) > 0;
    },

    /** Who is no member any more and still has something. */
    async former(organizationId: string): Promise<FormerMember[]> {
      const machines = db
        .select({ userId: workspaces.ownerId, count: count().as('machines') })
        .from(workspaces)
        .where(
          and(eq(workspaces.organizationId, organizationId), ne(workspaces.actualState, 'deleted')),
        )
        .groupBy(workspaces.ownerId)
        .as('owned_workspaces');
      const apps = db
        .select({ userId: projects.userId, count: count().as('apps') })
        .from(projects)
        .where(and(eq(projects.organizationId, organizationId), ne(projects.status, 'archived')))
        .groupBy(projects.userId)
        .as('owned_projects');
      const { organizationId: ofMember, userId } = organizationMembers;
      return db
        .select({
          ...{ id: users.id, name: users.name, email: users.email },
          workspaces: sql<number>`coalesce(${machines.count}, 0)::int`,
          projects: sql<number>`coalesce(${apps.count}, 0)::int`,
        })
        .from(users)
        .leftJoin(machines, eq(machines.userId, users.id))
        .leftJoin(apps, eq(apps.userId, users.id))
        .leftJoin(organizationMembers, and(eq(ofMember, organizationId), eq(userId, users.id)))
        .where(and(isNull(userId), or(isNotNull(machines.userId), isNotNull(apps.userId))))
        .orderBy(asc(users.name), asc(users.id))
        .limit(MAX_LISTED);
    },

    /** What they are in the organization, as long as the transaction lasts; undefined: no member. */
    async lockRole(
      { organizationId, userId }: MemberKey,
      tx: Queryable,
    ): Promise<Role | undefined> {
      const [row] = await tx
        .select({ role: organizationMembers.role })
        .from(organizationMembers)
        .where(
          and(
            eq(organizationMembers.organizationId, organizationId),
            eq(organizationMembers.userId, userId),
          ),
        )
        .for('share');
      return row?.role;
    },

    /** Those that are to run. */
    async running(key: MemberKey, tx: Queryable): Promise<string[]> {
      const rows = await tx
        .select({ id: workspaces.id })
        .from(workspaces)
        .where(and(ownWorkspaces(key), eq(workspaces.desiredState, 'running')));
      return rows.map(({ id }) => id);
    },

    async move(from: MemberKey, to: string, tx: Queryable): Promise<Moved> {
      const movedProjects = await tx
        .update(projects)
        .set({ userId: to })
        .where(ownProjects(from))
        .returning({ id: projects.id });
      const movedWorkspaces = await tx
        .update(workspaces)
        .set({ ownerId: to })
        .where(ownWorkspaces(from))
        .returning({ id: workspaces.id, projectId: workspaces.projectId });
      const ids = movedWorkspaces.map(({ id }) => id);
      // Only owners restore copies of their workspaces.
      await tx
        .update(workspaceSnapshots)
        .set({ ownerId: to })
        .where(
          and(
            eq(workspaceSnapshots.ownerId, from.userId),
            inArray(workspaceSnapshots.workspaceId, ids),
          ),
        );
      const all = [
        ...movedProjects.map(({ id }) => id),
        ...movedWorkspaces.map(({ projectId }) => projectId),
      ];
      await letIn(all, to, tx);
      return { workspaces: ids, projects: movedProjects.map(({ id }) => id) };
    },
  };
}

/** Who has something in a restricted project has to find it. */
async function letIn(projectIds: readonly string[], userId: string, tx: Queryable) {
  const restricted = await tx
    .select({ projectId: projects.id })
    .from(projects)
    .where(and(inArray(projects.id, [...projectIds]), eq(projects.access, 'restricted')));
  if (restricted.length === 0) return;
  await tx
    .insert(projectGrants)
    .values(restricted.map(({ projectId }) => ({ projectId, userId, level: 'manage' as const })))
    .onConflictDoUpdate({
      target: [projectGrants.projectId, projectGrants.userId],
      set: { level: 'manage' },
    });
}
