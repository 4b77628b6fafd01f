import { and, asc, eq, ne, sql, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Database, Queryable } from '@spt-flow/db/client';
import {
  changeSets,
  checkpoints,
  groups,
  organizationMembers,
  projectGrants,
  projects,
  sessions,
  users,
  workspaces,
  workspaceSnapshots,
} from '@spt-flow/db/schema';
import type { ProjectGrant } from '@spt-flow/shared/api/project-access';
import type {
  GuardedProject,
  ProjectAccess,
  ProjectLevel,
  ProjectNoun,
} from '@spt-flow/shared/domain/project-access';
import { hasHandle, isId } from '../../lib/handle.ts';
import { grantsOf, hiddenFrom, isGrantee, type Viewer } from './visible-repository.ts';

const MAX_NAMESAKES = 2;

/** Guarded is something of a project, as a request names it. */
export interface Guarded {
  readonly noun: ProjectNoun;
  readonly handle: string;
}

/** FoundProject is a project, with what somebody was given in it. */
export interface FoundProject extends GuardedProject {
  readonly id: string;
  readonly grants: readonly ProjectLevel[];
}

export interface Grantee {
  readonly projectId: string;
  readonly kind: ProjectGrant['kind'];
  readonly id: string;
}

export type ProjectAccessRepository = ReturnType<typeof createProjectAccessRepository>;

/** createProjectAccessRepository knows who was given what in which project. */
export function createProjectAccessRepository(db: Database) {
  /** Undefined: nothing can have this id. */
  function isOf(viewer: Viewer, { noun, handle }: Guarded): SQL | undefined {
    if (noun === 'projects') return hasHandle({ name: projects.slug, id: projects.id }, handle);
    if (noun === 'workspaces' || noun === 'servers')
      return sql`${projects.id} in (
        select ${workspaces.projectId} from ${workspaces}
        where ${workspaces.organizationId} = ${viewer.organizationId}::uuid
          and ${workspaces.actualState} <> 'deleted'
          and ${hasHandle(workspaces, handle)})`;
    if (!isId(handle)) return undefined;
    if (noun === 'checkpoints')
      return sql`${projects.id} in (
        select ${checkpoints.projectId} from ${checkpoints} where ${checkpoints.id} = ${handle}::uuid)`;
    const table = { 'change-sets': changeSets, sessions, snapshots: workspaceSnapshots }[noun];
    return sql`${projects.id} in (
      select ${workspaces.projectId} from ${table}
      join ${workspaces} on ${workspaces.id} = ${table.workspaceId} where ${table.id} = ${handle}::uuid)`;
  }

  return {
    transaction: db.transaction.bind(db),

    async hasRestricted(organizationId: string): Promise<boolean> {
      const [row] = await db
        .select({ id: projects.id })
        .from(projects)
        .where(and(eq(projects.organizationId, organizationId), eq(projects.access, 'restricted')))
        .limit(1);
      return row !== undefined;
    },

    /** The project that something is of; of two, where one has a name that is the other's id. */
    async find(viewer: Viewer, guarded: Guarded, tx: Queryable = db): Promise<FoundProject[]> {
      const condition = isOf(viewer, guarded);
      if (!condition) return [];
      return tx
        .select({
          id: projects.id,
          access: projects.access,
          ownerId: projects.userId,
          grants: sql<ProjectLevel[]>`array${grantsOf(viewer.userId, projects.id)}::text[]`,
        })
        .from(projects)
        .where(and(eq(projects.organizationId, viewer.organizationId), condition))
        .limit(MAX_NAMESAKES);
    },

    async hiddenFrom(viewer: Viewer): Promise<string[]> {
      const rows = await db.select({ id: projects.id }).from(projects).where(hiddenFrom(viewer));
      return rows.map(({ id }) => id);
    },

    async grants(projectId: string): Promise<ProjectGrant[]> {
      const { level, createdAt } = projectGrants;
      const people = await db
        .select({ id: users.id, name: users.name, level })
        .from(projectGrants)
        .innerJoin(users, eq(users.id, projectGrants.userId))
        .where(eq(projectGrants.projectId, projectId))
        .orderBy(asc(createdAt), asc(users.id));
      const teams = await db
        .select({ id: groups.id, name: groups.name, level })
        .from(projectGrants)
        .innerJoin(groups, eq(groups.id, projectGrants.groupId))
        .where(eq(projectGrants.projectId, projectId))
        .orderBy(asc(createdAt), asc(groups.id));
      return [
        ...people.map((grant) => ({ kind: 'person' as const, ...grant })),
        ...teams.map((grant) => ({ kind: 'group' as const, ...grant })),
      ];
    },

    /** One after the other: whoever changes it as well waits until the transaction ends. */
    async lock(projectId: string, tx: Queryable): Promise<void> {
      await tx
        .select({ id: projects.id })
        .from(projects)
        .where(and(eq(projects.id, projectId), ne(projects.status, 'archived')))
        .for('update');
    },

    async setAccess(projectId: string, access: ProjectAccess, tx: Queryable): Promise<void> {
      await tx.update(projects).set({ access }).where(eq(projects.id, projectId));
    },

    /** Whether there is such a member or group; until the transaction ends they do not go. */
    async isThere(
      organizationId: string,
      { kind, id }: Omit<Grantee, 'projectId'>,
      tx: Queryable,
    ): Promise<boolean> {
      const isOne = (organization: PgColumn, column: PgColumn) =>
        and(eq(organization, organizationId), eq(column, id));
      const { organizationId: ofMember, userId } = organizationMembers;
      const found =
        kind === 'person'
          ? tx.select({ id: userId }).from(organizationMembers).where(isOne(ofMember, userId))
          : tx
              .select({ id: groups.id })
              .from(groups)
              .where(isOne(groups.organizationId, groups.id));
      return (await found.for('share')).length > 0;
    },

    async countOf(projectId: string, tx: Queryable): Promise<number> {
      return tx.$count(projectGrants, eq(projectGrants.projectId, projectId));
    },

    async grant({ projectId, kind, id }: Grantee, level: ProjectLevel, tx: Queryable) {
      const { userId, groupId } = projectGrants;
      const target = [projectGrants.projectId, kind === 'person' ? userId : groupId];
      await tx
        .insert(projectGrants)
        .values({ projectId, level, ...(kind === 'person' ? { userId: id } : { groupId: id }) })
        .onConflictDoUpdate({ target, set: { level } });
    },

    /** False: there was none. */
    async revoke({ projectId, ...grantee }: Grantee, tx: Queryable): Promise<boolean> {
      const gone = await tx
        .delete(projectGrants)
        .where(and(eq(projectGrants.projectId, projectId), isGrantee(grantee)))
        .returning({ id: projectGrants.id });
      return gone.length > 0;
    },
  };
}
