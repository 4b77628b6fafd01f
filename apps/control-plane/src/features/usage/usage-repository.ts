import { and, asc, eq, gte, sql } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { workspaceUsage } from '@spt-flow/db/schema';
import { LIVE_CHANNEL } from '../live/index.ts';
import { RINGS } from './usage-ring.ts';
import { StoredSamplesSchema, type Machine, type StoredSample } from './usage-sample.ts';

export type UsageRepository = ReturnType<typeof createUsageRepository>;

export interface NewUsageRow {
  readonly workspaceId: string;
  readonly stepSeconds: number;
  readonly slot: number;
  readonly startedAt: Date;
  readonly samples: readonly StoredSample[];
  readonly machine: Machine;
}

export function createUsageRepository(db: Database) {
  return {
    /** Adds samples to the rows of their time, each row at most once, and wakes who looks at them; those of workspaces that are gone are dropped. */
    async append(rows: readonly NewUsageRow[]): Promise<void> {
      const of = <T>(read: (row: NewUsageRow) => T) => sql.param(rows.map(read));
      await db.execute(sql`
        with given as (
          select * from unnest(
            ${of(({ workspaceId }) => workspaceId)}::uuid[], ${of((row) => row.stepSeconds)}::int[],
            ${of(({ slot }) => slot)}::int[], ${of((row) => row.startedAt.toISOString())}::text[],
            ${of(({ samples }) => JSON.stringify(samples))}::text[], ${of(({ machine }) => JSON.stringify(machine))}::text[]
          ) as row (workspace_id, step_seconds, slot, started_at, samples, machine)
        ), stored as (
          insert into workspace_usage as kept
            (organization_id, workspace_id, step_seconds, slot, started_at, samples, machine)
          select workspaces.organization_id, given.workspace_id, given.step_seconds, given.slot,
            given.started_at::timestamptz, given.samples::jsonb, given.machine::jsonb
          from given join workspaces on workspaces.id = given.workspace_id
          order by given.workspace_id, given.step_seconds, given.slot
          on conflict (workspace_id, step_seconds, slot) do update set
            started_at = excluded.started_at,
            machine = excluded.machine,
            samples = case when kept.started_at = excluded.started_at
              then kept.samples || excluded.samples else excluded.samples end
          returning kept.workspace_id, kept.step_seconds
        )
        select pg_notify(${LIVE_CHANNEL}, 'usage:' || workspace_id)
        from stored where step_seconds = ${RINGS.hour.stepSeconds} group by workspace_id`);
    },

    /** Rows that began at a moment or later, the oldest first. */
    async since(workspaceId: string, stepSeconds: number, from: Date) {
      const { samples, machine, startedAt } = workspaceUsage;
      const rows = await db
        .select({ samples, machine })
        .from(workspaceUsage)
        .where(
          and(
            eq(workspaceUsage.workspaceId, workspaceId),
            eq(workspaceUsage.stepSeconds, stepSeconds),
            gte(startedAt, from),
          ),
        )
        .orderBy(asc(startedAt));
      return rows.map((row) => ({ ...row, samples: StoredSamplesSchema.parse(row.samples) }));
    },

    /** Of the finest samples; null: there is none. */
    async bounds(workspaceId: string): Promise<{ firstMs: number; lastMs: number } | null> {
      const { rows } = await db.execute<{ first: number | null; last: number | null }>(sql`
        select min((samples -> 0 ->> 0)::float8) as first, max((samples -> -1 ->> 0)::float8) as last
        from workspace_usage
        where workspace_id = ${workspaceId}::uuid and step_seconds = ${RINGS.hour.stepSeconds}`);
      const { first = null, last = null } = rows[0] ?? {};
      return first === null || last === null ? null : { firstMs: first, lastMs: last };
    },
  };
}
