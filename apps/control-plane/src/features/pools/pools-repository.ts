import { and, asc, eq, inArray, ne, notExists, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { poolMembers, templatePools, templates, workspaces } from '@spt-flow/db/schema';
import { createSystemScope, type SystemScope } from '../../lib/system-scope-repository.ts';

/** One replica looks after the pools at a time; the number only has to be ours. */
const KEEPER_LOCK = 7_350_117;

export type PoolRow = typeof templatePools.$inferSelect;
export type PoolMember = Awaited<ReturnType<PoolsRepository['members']>>[number];
export type PoolsRepository = ReturnType<typeof createPoolsRepository>;

export function createPoolsRepository(db: Database) {
  const system = createSystemScope('spt-flow.system');

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
    knownScope: () => system.find(db),
    systemScope: system.ensure,
    addProject: system.addProject,
    removeEmptyProjects: system.removeEmptyProjects,

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

    /**
     * Takes one of them out of its pool: nobody else gets it, and its state stays as it is until the transaction ends.
     * Those that somebody else is just taking are passed by; what else holds a workspace, such as a heartbeat that is
     * written, is waited for.
     */
    async take(
      ids: readonly string[],
      tx: Queryable,
    ): Promise<{ workspaceId: string; projectId: string } | undefined> {
      const [member] = await tx
        .select({ workspaceId: poolMembers.workspaceId })
        .from(poolMembers)
        .where(inArray(poolMembers.workspaceId, [...ids]))
        .orderBy(asc(poolMembers.createdAt))
        .limit(1)
        .for('update', { skipLocked: true });
      if (!member) return undefined;
      const { workspaceId } = member;
      const [ready] = await tx
        .select({ projectId: workspaces.projectId })
        .from(workspaces)
        .where(
          and(
            eq(workspaces.id, workspaceId),
            eq(workspaces.desiredState, 'running'),
            eq(workspaces.actualState, 'running'),
          ),
        )
        .for('update');
      if (!ready)
        return this.take(
          ids.filter((id) => id !== workspaceId),
          tx,
        );
      await tx.delete(poolMembers).where(eq(poolMembers.workspaceId, workspaceId));
      return { workspaceId, ...ready };
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
  };
}
