import { and, desc, eq, inArray, isNull, like, ne, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { projects, workspaces } from '@spt-flow/db/schema';
import type { ActualState, DesiredState } from '@spt-flow/shared/domain/workspace-state';
import { createBatcher } from '../../lib/batcher.ts';
import { hasHandle } from '../../lib/handle.ts';
import { pageOrder } from '../../lib/page-order.ts';
import type { Position } from '../../lib/pagination.ts';
import { visibleTo, type Viewer } from '../project-access/index.ts';
import { registeredReplica } from '../replicas/index.ts';
import { createSurroundings, LOOKS_AT_ONCE } from './surroundings-repository.ts';

const ORDER = pageOrder(workspaces.createdAt, workspaces.id);

export type WorkspaceRow = typeof workspaces.$inferSelect;
export type WorkspacesRepository = ReturnType<typeof createWorkspacesRepository>;

export interface RunningWorkspace {
  readonly name: string;
  readonly ownerId: string;
  /** Not everybody in the organization finds its project. */
  readonly isRestricted: boolean;
}

/** The columns that say how it is made. */
export type WorkspaceMaking = Pick<
  WorkspaceRow,
  'templateId' | 'templateVersion' | 'templateValues' | 'settings' | 'nextStart' | 'startScript'
> &
  Partial<Pick<WorkspaceRow, 'templateBefore'>>;

export interface StateChange {
  readonly actualState: ActualState;
  readonly failure?: string | null;
}

/** One allocation of a port at a time; the number only has to be ours. */
const PORT_LOCK = 7_350_114;
/** One decision at a time in an organization about what may run. */
const RUNNING_LOCK = 7_350_115;

export function createWorkspacesRepository(db: Database) {
  const newestOfProject = createBatcher({
    run: (projectIds: readonly string[]) => newestOfProjects(db, projectIds),
    maxSize: LOOKS_AT_ONCE,
  });

  return {
    transaction: db.transaction.bind(db),

    /** Undefined when the organization has a workspace of that name. */
    async insert(
      {
        replicaId,
        ...values
      }: Omit<typeof workspaces.$inferInsert, 'replicaId'> & {
        readonly replicaId?: string | undefined;
      },
      tx: Queryable,
    ): Promise<WorkspaceRow | undefined> {
      const [row] = await tx
        .insert(workspaces)
        .values({ ...values, replicaId: registeredReplica(replicaId) })
        .onConflictDoNothing()
        .returning();
      return row;
    },

    /** Who looks after it: the given one from now on, where nobody does. */
    async claim(id: string, replicaId: string): Promise<string | null | undefined> {
      const [row] = await db
        .update(workspaces)
        .set({
          replicaId: sql`coalesce(${workspaces.replicaId}, ${registeredReplica(replicaId)})`,
        })
        .where(eq(workspaces.id, id))
        .returning({ replicaId: workspaces.replicaId });
      return row?.replicaId;
    },

    /** Takes what runs or is to change and nobody looks after; returns what it took. */
    async claimFree(replicaId: string): Promise<string[]> {
      const free = db
        .select({ id: workspaces.id })
        .from(workspaces)
        .where(and(isNull(workspaces.replicaId), isActive()))
        .for('update', { skipLocked: true });
      const rows = await db
        .update(workspaces)
        .set({ replicaId: sql`${registeredReplica(replicaId)}` })
        .where(inArray(workspaces.id, free))
        .returning({ id: workspaces.id });
      return rows.map(({ id }) => id);
    },

    /** What others look after. */
    async ofOthers(replicaId: string): Promise<Set<string>> {
      const rows = await db
        .select({ id: workspaces.id })
        .from(workspaces)
        .where(and(ne(workspaces.replicaId, replicaId), isActive()));
      return new Set(rows.map(({ id }) => id));
    },

    /** Ports that workspaces have; others wait with theirs until the transaction ends. */
    async lockPorts(tx: Queryable): Promise<Set<number>> {
      await tx.execute(sql`select pg_advisory_xact_lock(${PORT_LOCK})`);
      const rows = await tx
        .select({ port: workspaces.appPort })
        .from(workspaces)
        .where(ne(workspaces.actualState, 'deleted'));
      return new Set(rows.map(({ port }) => port));
    },

    /** Labels that are the given one or a variant of it. */
    async hostLabelsLike(base: string, tx: Queryable): Promise<Set<string>> {
      const rows = await tx
        .select({ label: workspaces.hostLabel })
        .from(workspaces)
        .where(and(like(workspaces.hostLabel, `${base}%`), ne(workspaces.actualState, 'deleted')));
      return new Set(rows.map(({ label }) => label));
    },

    async setPort(id: string, appPort: number, tx: Queryable): Promise<void> {
      await tx.update(workspaces).set({ appPort }).where(eq(workspaces.id, id));
    },

    async find(organizationId: string, handle: string): Promise<WorkspaceRow | undefined> {
      const [row] = await db
        .select()
        .from(workspaces)
        .where(
          and(
            eq(workspaces.organizationId, organizationId),
            ne(workspaces.actualState, 'deleted'),
            hasHandle(workspaces, handle),
          ),
        );
      return row;
    },

    async get(id: string, tx: Queryable = db): Promise<WorkspaceRow | undefined> {
      const [row] = await tx.select().from(workspaces).where(eq(workspaces.id, id));
      return row;
    },

    /** The newest of the project; whoever is about to change that looks within the transaction. */
    ofProject: async (projectId: string, tx?: Queryable): Promise<WorkspaceRow | undefined> =>
      tx ? (await newestOfProjects(tx, [projectId]))[0] : newestOfProject(projectId),

    async list(
      viewer: Viewer,
      page: { before: Position | undefined; limit: number },
    ): Promise<WorkspaceRow[]> {
      return db
        .select()
        .from(workspaces)
        .where(
          and(
            eq(workspaces.organizationId, viewer.organizationId),
            visibleTo(viewer, workspaces.projectId),
            ne(workspaces.actualState, 'deleted'),
            page.before && ORDER.olderThan(page.before),
          ),
        )
        .orderBy(...ORDER.orderBy)
        .limit(page.limit);
    },

    /** All that runs or is to change: what is stopped and stays so needs nobody. */
    async active(): Promise<WorkspaceRow[]> {
      return db.select().from(workspaces).where(isActive());
    },

    surroundings: createSurroundings(db),

    /** Deletion is final: nothing else may be wanted after it. */
    async setDesired(
      id: string,
      desiredState: DesiredState,
      tx: Queryable,
    ): Promise<WorkspaceRow | undefined> {
      const [row] = await tx
        .update(workspaces)
        .set({ desiredState })
        .where(
          and(
            eq(workspaces.id, id),
            or(ne(workspaces.desiredState, 'deleted'), eq(workspaces.desiredState, desiredState)),
          ),
        )
        .returning();
      return row;
    },

    /** Only from the state that whoever asks has seen; undefined when something else is wanted by now. */
    async replaceDesired(
      id: string,
      change: { from: DesiredState; to: DesiredState },
      tx: Queryable,
    ): Promise<WorkspaceRow | undefined> {
      const [row] = await tx
        .update(workspaces)
        .set({ desiredState: change.to })
        .where(and(eq(workspaces.id, id), eq(workspaces.desiredState, change.from)))
        .returning();
      return row;
    },

    /** What is to run in the organization on machines of ours; others who ask wait until the transaction ends. */
    async lockRunning(
      organizationId: string,
      tx: Queryable,
    ): Promise<(Pick<WorkspaceRow, 'id'> & RunningWorkspace)[]> {
      await tx.execute(
        sql`select pg_advisory_xact_lock(${RUNNING_LOCK}, hashtext(${organizationId}))`,
      );
      return running(tx, organizationId);
    },

    /** What is to run in the organization on machines of ours, as it is at the moment. */
    running: (organizationId: string) => running(db, organizationId),

    /** A deleted workspace stays so, whatever an operation that was given up reports late. */
    async setActual(
      id: string,
      change: StateChange,
      tx: Queryable = db,
    ): Promise<WorkspaceRow | undefined> {
      const { actualState, failure = null } = change;
      const stateSince = sql`case when ${workspaces.actualState} = ${actualState} then ${workspaces.stateSince} else now() end`;
      const [row] = await tx
        .update(workspaces)
        .set({ actualState, failure, stateSince })
        .where(and(eq(workspaces.id, id), ne(workspaces.actualState, 'deleted')))
        .returning();
      return row;
    },

    /** Undefined when it was remade from another version meanwhile, or is being deleted. */
    async remake(
      id: string,
      { from, to }: { from: number | null; to: WorkspaceMaking },
      tx: Queryable,
    ): Promise<WorkspaceRow | undefined> {
      const [row] = await tx
        .update(workspaces)
        .set(to)
        .where(
          and(
            eq(workspaces.id, id),
            ne(workspaces.desiredState, 'deleted'),
            sql`${workspaces.templateVersion} is not distinct from ${from}`,
          ),
        )
        .returning();
      return row;
    },

    /** Only of one that is stopped and is to stay so; false when it is not any more, or has another state by now. */
    async switchRevision(id: string, { from, to }: { from: number; to: number }): Promise<boolean> {
      const { providerState } = workspaces;
      const changed = await db
        .update(workspaces)
        .set({ providerState: sql`${providerState} || jsonb_build_object('revision', ${to}::int)` })
        .where(
          and(
            eq(workspaces.id, id),
            eq(workspaces.desiredState, 'stopped'),
            ne(workspaces.actualState, 'running'),
            sql`coalesce((${providerState} ->> 'revision')::int, 0) = ${from}`,
          ),
        )
        .returning({ id: workspaces.id });
      return changed.length > 0;
    },

    async clearNextStart(id: string): Promise<void> {
      await db.update(workspaces).set({ nextStart: null }).where(eq(workspaces.id, id));
    },

    async setProviderState(
      id: string,
      change: { state: Readonly<Record<string, unknown>>; warnings?: readonly string[] },
    ): Promise<void> {
      const { state, warnings } = change;
      await db
        .update(workspaces)
        .set({
          providerState: sql`${workspaces.providerState} || ${JSON.stringify(state)}::text::jsonb`,
          ...(warnings && { warnings: [...warnings] }),
        })
        .where(eq(workspaces.id, id));
    },
  };
}

function isActive() {
  return and(
    ne(workspaces.actualState, 'deleted'),
    or(ne(workspaces.desiredState, 'stopped'), ne(workspaces.actualState, 'stopped')),
  );
}

/** In the order of the projects. */
async function newestOfProjects(
  tx: Queryable,
  projectIds: readonly string[],
): Promise<(WorkspaceRow | undefined)[]> {
  const { projectId, createdAt, actualState } = workspaces;
  const rows = await tx
    .selectDistinctOn([projectId])
    .from(workspaces)
    .where(
      and(sql`${projectId} = any(${sql.param(projectIds)}::uuid[])`, ne(actualState, 'deleted')),
    )
    .orderBy(projectId, desc(createdAt));
  const byProject = new Map(rows.map((row) => [row.projectId, row]));
  return projectIds.map((id) => byProject.get(id));
}

async function running(tx: Queryable, organizationId: string) {
  const { id, name, ownerId, provider, settings } = workspaces;
  const isRestricted = sql<boolean>`${projects.access} = 'restricted'`;
  return tx
    .select({ id, name, ownerId, provider, settings, isRestricted })
    .from(workspaces)
    .innerJoin(projects, eq(projects.id, workspaces.projectId))
    .where(
      and(
        eq(workspaces.organizationId, organizationId),
        eq(workspaces.desiredState, 'running'),
        ne(workspaces.actualState, 'deleted'),
        ne(workspaces.provider, 'server'),
      ),
    )
    .orderBy(workspaces.name);
}
