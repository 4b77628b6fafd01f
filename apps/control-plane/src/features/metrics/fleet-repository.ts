import { and, count, eq, gte, inArray, min, ne, sql } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { pipelines, transitions, workspaces } from '@spt-flow/db/schema';

export type FleetRepository = ReturnType<typeof createFleetRepository>;

/** createFleetRepository counts workspaces and what became of them, over all organizations. */
export function createFleetRepository(db: Database) {
  return {
    workspaces: () =>
      db
        .select({
          provider: workspaces.provider,
          state: workspaces.actualState,
          count: count(),
        })
        .from(workspaces)
        .where(ne(workspaces.actualState, 'deleted'))
        .groupBy(workspaces.provider, workspaces.actualState),

    /** Transitions that ended since then, and how long their slower ones took. */
    ended: (since: Date) =>
      db
        .select({
          kind: transitions.kind,
          state: transitions.state,
          count: count(),
          p95Seconds: sql<number>`percentile_cont(0.95) within group
            (order by extract(epoch from ${transitions.finishedAt} - ${transitions.startedAt}))`.mapWith(
            Number,
          ),
        })
        .from(transitions)
        .where(and(ne(transitions.state, 'running'), gte(transitions.finishedAt, since)))
        .groupBy(transitions.kind, transitions.state),

    /** Builds that ended since then, by who ran them. */
    builds: (since: Date) =>
      db
        .select({ source: pipelines.source, status: pipelines.status, count: count() })
        .from(pipelines)
        .where(
          and(
            inArray(pipelines.status, ['succeeded', 'failed', 'canceled', 'skipped']),
            gte(pipelines.finishedAt, since),
          ),
        )
        .groupBy(pipelines.source, pipelines.status),

    /** Since when the oldest transition runs. */
    async oldestRunning(): Promise<Date | null> {
      const [row] = await db
        .select({ startedAt: min(transitions.startedAt) })
        .from(transitions)
        .where(eq(transitions.state, 'running'));
      return row?.startedAt ?? null;
    },
  };
}
