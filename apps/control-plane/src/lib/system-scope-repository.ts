import { and, eq, ne, notExists } from 'drizzle-orm';
import type { Queryable } from '@spt-flow/db/client';
import { organizations, projects, users, workspaces } from '@spt-flow/db/schema';

const SYSTEM_EMAIL = 'system@spt-flow.invalid';

/** Whose what belongs to nobody is. */
export interface SystemScope {
  readonly organizationId: string;
  readonly userId: string;
}

/**
 * createSystemScope looks after an organization without members, so that nobody sees what is in it. No organization of
 * people can have its slug: theirs have no dots.
 */
export function createSystemScope(slug: `spt-flow.${string}`) {
  async function find(tx: Queryable): Promise<SystemScope | undefined> {
    const [found] = await tx
      .select({ organizationId: organizations.id, userId: users.id })
      .from(organizations)
      .innerJoin(users, eq(users.email, SYSTEM_EMAIL))
      .where(eq(organizations.slug, slug));
    return found;
  }

  return {
    /** Undefined: nothing was ever in it. */
    find,

    /** Made at the first use. */
    async ensure(tx: Queryable): Promise<SystemScope> {
      await tx.insert(organizations).values({ name: 'spt-flow', slug }).onConflictDoNothing();
      await tx
        .insert(users)
        .values({ name: 'spt-flow', email: SYSTEM_EMAIL })
        .onConflictDoNothing();
      const found = await find(tx);
      if (!found) throw new Error('the scope of the system is neither there nor new');
      return found;
    },

    /** A project of its own keeps a workspace apart from all others; returns its id. */
    async addProject(scope: SystemScope, name: string, tx: Queryable): Promise<string> {
      const [row] = await tx
        .insert(projects)
        .values({ ...scope, name, slug: name })
        .returning({ id: projects.id });
      if (!row) throw new Error('insert returned no row');
      return row.id;
    },

    /** Projects whose workspace is gone. */
    async removeEmptyProjects({ organizationId }: SystemScope, tx: Queryable): Promise<void> {
      const live = tx
        .select({ id: workspaces.id })
        .from(workspaces)
        .where(and(eq(workspaces.projectId, projects.id), ne(workspaces.actualState, 'deleted')));
      await tx
        .delete(projects)
        .where(and(eq(projects.organizationId, organizationId), notExists(live)));
    },
  };
}
