import { and, count, eq, gte, min, ne, sql } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { transitions, workspaces } from '@spt-flow/db/schema';

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
