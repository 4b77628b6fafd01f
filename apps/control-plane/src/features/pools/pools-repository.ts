import { and, asc, eq, ne, notExists, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import {
  organizations,
  poolMembers,
  projects,
  templatePools,
  templates,
  users,
  workspaces,
} from '@spt-flow/db/schema';

/** No organization of people can have this slug: theirs have no dots. */
const SYSTEM_SLUG = 'spt-flow.system';
const SYSTEM_EMAIL = 'system@spt-flow.invalid';
/** One replica looks after the pools at a time; the number only has to be ours. */
const KEEPER_LOCK = 7_350_117;

export type PoolRow = typeof templatePools.$inferSelect;
export type PoolMember = Awaited<ReturnType<PoolsRepository['members']>>[number];
export type PoolsRepository = ReturnType<typeof createPoolsRepository>;

/** Whose the workspaces are that wait for an owner. */
export interface SystemScope {
  readonly organizationId: string;
  readonly userId: string;
}

export function createPoolsRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    /** False: another replica does it. */
    async lockKeeper(tx: Queryable): Promise<boolean> {
      const { rows } = await tx.execute<{ locked: boolean }>(
        sql`select pg_try_advisory_xact_lock(${KEEPER_LOCK}) as locked`,
      );
      return rows[0]?.locked ?? false;
    },

    /** Undefined: nothing was ever kept ready. */
    async knownScope(): Promise<SystemScope | undefined> {
      return findScope(db);
    },

    /** Made at the first use. Nobody is a member of it, so that nobody sees what is in it. */
    async systemScope(tx: Queryable): Promise<SystemScope> {
      await tx
        .insert(organizations)
        .values({ name: 'spt-flow', slug: SYSTEM_SLUG })
        .onConflictDoNothing();
      await tx
        .insert(users)
        .values({ name: 'spt-flow', email: SYSTEM_EMAIL })
        .onConflictDoNothing();
      const found = await findScope(tx);
      if (!found) throw new Error('the scope of the system is neither there nor new');
      return found;
    },

    /** All that was ever asked for, with what their templates are called. */
    async pools() {
      return db
        .select({ pool: templatePools, templateName: templates.name })
        .from(templatePools)
        .innerJoin(templates, eq(templates.id, templatePools.templateId));
    },

    async pool(templateId: string): Promise<PoolRow | undefined> {
      const [row] = await db
        .select()
        .from(templatePools)
        .where(eq(templatePools.templateId, templateId));
      return row;
    },

    async setPool(
      values: Pick<PoolRow, 'templateId' | 'organizationId' | 'size' | 'maxAgeHours' | 'schedule'>,
      tx: Queryable,
    ): Promise<void> {
      const { size, maxAgeHours, schedule } = values;
      const set = { size, maxAgeHours, schedule };
      await tx
        .insert(templatePools)
        .values(values)
        .onConflictDoUpdate({ target: templatePools.templateId, set });
    },

    /** The oldest first. */
    async members(templateId: string, tx: Queryable = db) {
      return tx
        .select({
          id: workspaces.id,
          organizationId: poolMembers.organizationId,
          provider: workspaces.provider,
          templateVersion: workspaces.templateVersion,
          settings: workspaces.settings,
          desiredState: workspaces.desiredState,
          actualState: workspaces.actualState,
          stateSince: workspaces.stateSince,
          createdAt: workspaces.createdAt,
        })
        .from(poolMembers)
        .innerJoin(workspaces, eq(workspaces.id, poolMembers.workspaceId))
        .where(eq(poolMembers.templateId, templateId))
        .orderBy(asc(poolMembers.createdAt));
    },

    async addMember(values: typeof poolMembers.$inferInsert, tx: Queryable): Promise<void> {
      await tx.insert(poolMembers).values(values);
    },

    /** A project of its own keeps the workspace apart from all others; returns its id. */
    async addProject(scope: SystemScope, slug: string, tx: Queryable): Promise<string> {
      const [row] = await tx
        .insert(projects)
        .values({ ...scope, name: slug, slug })
        .returning({ id: projects.id });
      if (!row) throw new Error('insert returned no row');
      return row.id;
    },

    /**
     * Takes one of them out of its pool: nobody else gets it, and its state stays as it is until the transaction ends.
     * Those that somebody else is just taking are passed by.
     */
    async take(
      ids: readonly string[],
      tx: Queryable,
    ): Promise<{ workspaceId: string; projectId: string } | undefined> {
      const { rows } = await tx.execute<{ workspace_id: string; project_id: string }>(sql`
        delete from pool_members using workspaces
        where pool_members.workspace_id = workspaces.id and pool_members.workspace_id = (
          select m.workspace_id from pool_members m join workspaces w on w.id = m.workspace_id
          where m.workspace_id = any(${sql.param(ids)}::uuid[])
            and w.desired_state = 'running' and w.actual_state = 'running'
          order by m.created_at limit 1 for update of m, w skip locked)
        returning workspaces.id as workspace_id, workspaces.project_id`);
      const [row] = rows;
      return row && { workspaceId: row.workspace_id, projectId: row.project_id };
    },

    /** Takes those out of their pools that nobody is just taking. */
    async dismiss(ids: readonly string[], tx: Queryable): Promise<void> {
      await tx.execute(sql`
        delete from pool_members where workspace_id in (
          select workspace_id from pool_members
          where workspace_id = any(${sql.param(ids)}::uuid[]) for update skip locked)`);
    },

    /** What is the system's and in no pool any more is to be deleted; returns what is to be done. */
    async discard({ organizationId }: SystemScope, tx: Queryable): Promise<string[]> {
      const membership = tx
        .select({ id: poolMembers.workspaceId })
        .from(poolMembers)
        .where(eq(poolMembers.workspaceId, workspaces.id));
      const rows = await tx
        .update(workspaces)
        .set({ desiredState: 'deleted' })
        .where(
          and(
            eq(workspaces.organizationId, organizationId),
            ne(workspaces.desiredState, 'deleted'),
            notExists(membership),
          ),
        )
        .returning({ id: workspaces.id });
      return rows.map(({ id }) => id);
    },

    /** Projects of the system whose workspace is gone. */
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

async function findScope(tx: Queryable): Promise<SystemScope | undefined> {
  const [found] = await tx
    .select({ organizationId: organizations.id, userId: users.id })
    .from(organizations)
    .innerJoin(users, eq(users.email, SYSTEM_EMAIL))
    .where(eq(organizations.slug, SYSTEM_SLUG));
  return found;
}
