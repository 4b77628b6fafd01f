import type { Database, Queryable } from '@spt-flow/db/client';
import { pipelines, projects } from '@spt-flow/db/schema';
import { and, count, eq, inArray, isNull, ne, notInArray, or, sql } from 'drizzle-orm';
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

    /** Of those that run here: which are to end, and why. */
    async toEnd(ids: readonly string[]): Promise<Map<string, string>> {
      if (ids.length === 0) return new Map();
      const rows = await db
        .select({
          ...{ id: pipelines.id, status: pipelines.status, words: pipelines.errorMessage },
          ...{ asked: pipelines.cancelRequestedAt, project: projects.status },
        })
        .from(pipelines)
        .innerJoin(projects, eq(projects.id, pipelines.projectId))
        .where(inArray(pipelines.id, [...ids]));
      const ends = new Map(ids.map((id) => [id, 'The project was deleted']));
      for (const { id, status, asked, words, project } of rows)
        if (asked) ends.set(id, words ?? 'Somebody canceled it');
        else if (status === 'running' && project !== 'archived') ends.delete(id);
      return ends;
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

    /** The words are for who asks why it ended. */
    async askToEnd(
      id: string,
      { now, words }: { readonly now: Date; readonly words: string },
      tx: Queryable,
    ): Promise<void> {
      await tx
        .update(pipelines)
        .set({ cancelRequestedAt: now, errorMessage: words })
        .where(eq(pipelines.id, id));
    },

    /** Builds that run, though nobody runs them any more. */
    async lost(own: {
      readonly replicaId: string | undefined;
      /** What it does run. */
      readonly running: readonly string[];
    }): Promise<string[]> {
      const { replicaId, running } = own;
      const isNobodys = isNull(pipelines.replicaId);
      const rows = await db
        .select({ id: pipelines.id })
        .from(pipelines)
        .where(
          and(
            ...[isOwn, eq(pipelines.status, 'running'), notInArray(pipelines.id, [...running])],
            replicaId === undefined ? isNobodys : or(isNobodys, eq(pipelines.replicaId, replicaId)),
          ),
        );
      return rows.map(({ id }) => id);
    },
  };
}
