import { and, eq, or, sql, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { groupMembers, projectGrants, projects } from '@spt-flow/db/schema';
import type { Principal } from '../../lib/principal.ts';

/** Viewer is who asks, as far as it decides what they find. */
export type Viewer = Pick<Principal, 'organizationId' | 'userId' | 'role'>;

/** grantsOf selects the levels that a person, and the groups they are in, were given in a project. */
export function grantsOf(userId: string, projectId: PgColumn | SQL): SQL {
  return sql`(
    select ${projectGrants.level} from ${projectGrants}
    where ${projectGrants.projectId} = ${projectId} and (
      ${projectGrants.userId} = ${userId}::uuid or ${projectGrants.groupId} in (
        select ${groupMembers.groupId} from ${groupMembers} where ${groupMembers.userId} = ${userId}::uuid)))`;
}

/**
 * visibleTo keeps what belongs to a project that somebody may not find out of a list; undefined: they find all.
 *
 * INVARIANT: it lets through those projects in which `levelIn` gives them a level.
 */
export function visibleTo({ userId, role }: Viewer, projectId: PgColumn): SQL | undefined {
  if (role === 'admin') return undefined;
  return sql`not exists (
    select 1 from ${projects} as guarded
    where guarded.id = ${projectId} and guarded.access = 'restricted'
      and not exists ${grantsOf(userId, sql`guarded.id`)})`;
}

/** hiddenFrom is the opposite, for projects themselves. */
export function hiddenFrom({ organizationId, userId }: Viewer): SQL | undefined {
  return and(
    eq(projects.organizationId, organizationId),
    eq(projects.access, 'restricted'),
    sql`not exists ${grantsOf(userId, projects.id)}`,
  );
}

/** isGrantee finds the grant of a person or a group. */
export function isGrantee({ kind, id }: { kind: 'person' | 'group'; id: string }): SQL | undefined {
  return or(
    kind === 'person' ? eq(projectGrants.userId, id) : undefined,
    kind === 'group' ? eq(projectGrants.groupId, id) : undefined,
  );
}
