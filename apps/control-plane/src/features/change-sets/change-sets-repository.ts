import { and, asc, eq, getTableColumns, gte, isNull, lt, ne } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { builds, changeSets, projects, users, workspaces } from '@spt-flow/db/schema';
import { pageOrder } from '../../lib/page-order.ts';
import type { Position } from '../../lib/pagination.ts';
import { registeredReplica } from '../replicas/index.ts';

const ORDER = pageOrder(changeSets.createdAt, changeSets.id);
const { contents: _contents, ...LISTED } = getTableColumns(changeSets);

export type ChangeSetRow = typeof changeSets.$inferSelect;
/** ListedChangeSet is without the texts of its files, of which there may be megabytes. */
export type ListedChangeSet = Omit<ChangeSetRow, 'contents'>;
export type FileContents = ChangeSetRow['contents'][number];
export type ChangeSetsRepository = ReturnType<typeof createChangeSetsRepository>;

/** What a change set needs to know of the workspace it is for. */
export interface ChangeSetTarget {
  readonly workspaceId: string;
  readonly organizationId: string;
  readonly projectId: string;
  readonly appPort: number;
  readonly template: string;
}

export function createChangeSetsRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    async target(
      workspaceId: string,
      organizationId: string,
    ): Promise<ChangeSetTarget | undefined> {
      const [row] = await selectTargets().where(
        and(eq(workspaces.id, workspaceId), eq(workspaces.organizationId, organizationId)),
      );
      return row;
    },

    async author(userId: string): Promise<{ name: string; email: string } | undefined> {
      const [row] = await db
        .select({ name: users.name, email: users.email })
        .from(users)
        .where(eq(users.id, userId));
      return row;
    },

    /** In whose name the chat of a workspace's project acts. */
    async owner(
      workspaceId: string,
    ): Promise<{ organizationId: string; userId: string } | undefined> {
      const [row] = await db
        .select({ organizationId: workspaces.organizationId, userId: workspaces.ownerId })
        .from(workspaces)
        .where(eq(workspaces.id, workspaceId));
      return row;
    },

    /** True once an app of the project has worked. */
    async hasWorked(projectId: string, tx: Queryable = db): Promise<boolean> {
      const [row] = await tx
        .select({ id: builds.id })
        .from(builds)
        .where(and(eq(builds.projectId, projectId), eq(builds.status, 'success')))
        .limit(1);
      return row !== undefined;
    },

    /** Undefined while another change set of the workspace is running. */
    async begin({
      replicaId,
      ...values
    }: Omit<typeof changeSets.$inferInsert, 'replicaId'> & {
      readonly replicaId?: string | undefined;
    }): Promise<ChangeSetRow | undefined> {
      return db.transaction(async (tx) => {
        await tx
          .select({ id: workspaces.id })
          .from(workspaces)
          .where(eq(workspaces.id, values.workspaceId))
          .for('update');
        if (await running(values.workspaceId, tx)) return undefined;
        const [row] = await tx
          .insert(changeSets)
          .values({ ...values, replicaId: registeredReplica(replicaId) })
          .returning();
        return row;
      });
    },

    running: (workspaceId: string) => running(workspaceId, db),

    /** Workspaces with a change set whose replica is gone. */
    async withOrphan(): Promise<string[]> {
      const rows = await db
        .select({ workspaceId: changeSets.workspaceId })
        .from(changeSets)
        .where(and(eq(changeSets.outcome, 'running'), isNull(changeSets.replicaId)));
      return rows.map(({ workspaceId }) => workspaceId);
    },

    /** Ends a running change set, once: undefined when it was ended before. */
    async settle(
      id: string,
      change: Pick<ChangeSetRow, 'outcome' | 'reason' | 'commit' | 'receipt' | 'durationMs'>,
      tx: Queryable,
    ): Promise<ChangeSetRow | undefined> {
      const [row] = await tx
        .update(changeSets)
        .set(change)
        .where(and(eq(changeSets.id, id), eq(changeSets.outcome, 'running')))
        .returning();
      return row;
    },

    /** Takes back that a change set was made, once: undefined when that was not said, or is taken back already. */
    async revert(
      id: string,
      change: Pick<ChangeSetRow, 'reason' | 'receipt'>,
      tx: Queryable,
    ): Promise<ChangeSetRow | undefined> {
      const [row] = await tx
        .update(changeSets)
        .set({ ...change, outcome: 'rolled_back' })
        .where(and(eq(changeSets.id, id), eq(changeSets.outcome, 'committed')))
        .returning();
      return row;
    },

    /** The build of a change set began when the change set was made. */
    async failBuild(row: ChangeSetRow, target: ChangeSetTarget, tx: Queryable): Promise<void> {
      await tx
        .update(builds)
        .set({ status: 'failed', stage: 'probe', errorMessage: row.reason })
        .where(and(eq(builds.projectId, target.projectId), eq(builds.startedAt, row.createdAt)));
    },

    async insertBuild(values: typeof builds.$inferInsert, tx: Queryable): Promise<void> {
      await tx.insert(builds).values(values);
    },

    async find(organizationId: string, id: string): Promise<ChangeSetRow | undefined> {
      const [row] = await db
        .select()
        .from(changeSets)
        .where(and(eq(changeSets.organizationId, organizationId), eq(changeSets.id, id)));
      return row;
    },

    async ofWorkspace(workspaceId: string, id: string): Promise<ChangeSetRow | undefined> {
      const [row] = await db
        .select()
        .from(changeSets)
        .where(and(eq(changeSets.workspaceId, workspaceId), eq(changeSets.id, id)));
      return row;
    },

    /** Undefined for one that was never begun. */
    async outcomeOf(id: string): Promise<ChangeSetRow['outcome'] | undefined> {
      const [row] = await db
        .select({ outcome: changeSets.outcome })
        .from(changeSets)
        .where(eq(changeSets.id, id));
      return row?.outcome;
    },

    /** Changes that were made from one instant until before another, oldest first. */
    async committedBetween(workspaceId: string, from: Date, to?: Date): Promise<ChangeSetRow[]> {
      return db
        .select()
        .from(changeSets)
        .where(
          and(
            eq(changeSets.workspaceId, workspaceId),
            eq(changeSets.outcome, 'committed'),
            gte(changeSets.createdAt, from),
            to && lt(changeSets.createdAt, to),
          ),
        )
        .orderBy(asc(changeSets.createdAt), asc(changeSets.id));
    },

    /** Running ones have no receipt yet. */
    async list(
      owner: { organizationId: string; workspaceId: string },
      page: { before: Position | undefined; limit: number },
    ): Promise<ListedChangeSet[]> {
      return db
        .select(LISTED)
        .from(changeSets)
        .where(
          and(
            eq(changeSets.organizationId, owner.organizationId),
            eq(changeSets.workspaceId, owner.workspaceId),
            ne(changeSets.outcome, 'running'),
            page.before && ORDER.olderThan(page.before),
          ),
        )
        .orderBy(...ORDER.orderBy)
        .limit(page.limit);
    },
  };

  function selectTargets() {
    return db
      .select({
        workspaceId: workspaces.id,
        organizationId: workspaces.organizationId,
        projectId: workspaces.projectId,
        appPort: workspaces.appPort,
        template: projects.template,
      })
      .from(workspaces)
      .innerJoin(projects, eq(projects.id, workspaces.projectId));
  }
}

async function running(workspaceId: string, db: Queryable): Promise<ChangeSetRow | undefined> {
  const [row] = await db
    .select()
    .from(changeSets)
    .where(and(eq(changeSets.workspaceId, workspaceId), eq(changeSets.outcome, 'running')));
  return row;
}
