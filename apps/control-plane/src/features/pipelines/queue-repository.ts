import type { Database, Queryable } from '@spt-flow/db/client';
import { pipelines, projects } from '@spt-flow/db/schema';
import { and, count, eq, inArray, isNull, ne, sql } from 'drizzle-orm';
import type { Clock } from '../../lib/clock.ts';
import { registeredReplica } from '../replicas/index.ts';
import type { PipelineRow } from './records-repository.ts';

/** One replica takes a build at a time; the number only has to be ours. */
const QUEUE_LOCK = 7_350_118;

/** Wakes every replica: a build waits, or is to end. */
export const PIPELINES_CHANNEL = 'spt_flow_pipelines';

const isOwn = eq(pipelines.source, 'embedded');

export type QueueRepository = ReturnType<typeof createQueueRepository>;

/** createQueueRepository knows which builds wait, and who runs the others. */
export function createQueueRepository(db: Database) {
  return {
    async announce(tx: Queryable = db): Promise<void> {
      await tx.execute(sql`select pg_notify(${PIPELINES_CHANNEL}, '')`);
    },

    async waitingOf(projectId: string, tx: Queryable): Promise<number> {
      const [row] = await tx
        .select({ count: count() })
        .from(pipelines)
        .where(and(isOwn, eq(pipelines.projectId, projectId), eq(pipelines.status, 'queued')));
      return row?.count ?? 0;
    },

    /**
     * Takes the build that is next: one per project at a time, the organization first of which the fewest run, then the
     * oldest. Undefined: none waits, or enough run.
     */
    claim(own: {
      readonly replicaId: string | undefined;
      readonly atOnce: number;
      readonly clock: Clock;
    }): Promise<PipelineRow | undefined> {
      return db.transaction(async (tx) => {
        await tx.execute(sql`select pg_advisory_xact_lock(${QUEUE_LOCK})`);
        const { rows } = await tx.execute<{ id: string }>(sql`
          with running as (
            select id, project_id, organization_id from pipelines
            where status = 'running' and source = 'embedded'
          )
          select p.id from pipelines p join projects on projects.id = p.project_id
          where p.status = 'queued' and p.source = 'embedded' and projects.status <> 'archived'
            and p.cancel_requested_at is null
            and (select count(*) from running) < ${own.atOnce}
            and not exists (select 1 from running where running.project_id = p.project_id)
          order by
            (select count(*) from running where running.organization_id = p.organization_id),
            p.created_at, p.id
          limit 1`);
        const [next] = rows;
        if (!next) return undefined;
        const now = own.clock.now();
        const [row] = await tx
          .update(pipelines)
          .set({
            ...{ status: 'running', startedAt: now, observedAt: now },
            replicaId: sql`${registeredReplica(own.replicaId)}`,
          })
          .where(
            and(
              ...[eq(pipelines.id, next.id), eq(pipelines.status, 'queued')],
              isNull(pipelines.cancelRequestedAt),
            ),
          )
          .returning();
        return row;
      });
    },

    /** Of those that run here: which are to end, be it that they are gone. */
    async toEnd(ids: readonly string[]): Promise<Set<string>> {
      if (ids.length === 0) return new Set();
      const going = await db
        .select({ id: pipelines.id })
        .from(pipelines)
        .innerJoin(projects, eq(projects.id, pipelines.projectId))
        .where(
          and(
            inArray(pipelines.id, [...ids]),
            eq(pipelines.status, 'running'),
            isNull(pipelines.cancelRequestedAt),
            ne(projects.status, 'archived'),
          ),
        );
      const goingIds = new Set(going.map(({ id }) => id));
      return new Set(ids.filter((id) => !goingIds.has(id)));
    },

    /** Those that wait because of a commit which is not the newest any more. */
    async outdated(projectId: string, newestId: string, tx: Queryable): Promise<string[]> {
      const rows = await tx
        .select({ id: pipelines.id })
        .from(pipelines)
        .where(
          and(
            ...[isOwn, eq(pipelines.projectId, projectId), ne(pipelines.id, newestId)],
            ...[eq(pipelines.status, 'queued'), eq(pipelines.trigger, 'push')],
          ),
        );
      return rows.map(({ id }) => id);
    },

    async askToEnd(id: string, now: Date, tx: Queryable): Promise<void> {
      await tx.update(pipelines).set({ cancelRequestedAt: now }).where(eq(pipelines.id, id));
    },

    /** Builds that run, though nobody runs them any more. */
    async lost(): Promise<string[]> {
      const rows = await db
        .select({ id: pipelines.id })
        .from(pipelines)
        .where(and(isOwn, eq(pipelines.status, 'running'), isNull(pipelines.replicaId)));
      return rows.map(({ id }) => id);
    },
  };
}
