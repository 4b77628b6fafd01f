import { and, asc, desc, eq, gt, ilike, inArray, lte, min, sql } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { workspaceLogHeads, workspaceLogs } from '@spt-flow/db/schema';
import { LOG_LEVELS } from '@spt-flow/shared/api/logs';
import { LIVE_CHANNEL } from '../live/index.ts';
import type { LogLevel, StoredLine } from './log-line.ts';

/** How many lines of a workspace are kept. */
const KEEP_LOG_LINES = 50_000;
/** Old lines are removed once per this many new ones, not with each. */
const PRUNE_INTERVAL_LINES = 1_000;

export type LogRow = typeof workspaceLogs.$inferSelect;
export type LogsRepository = ReturnType<typeof createLogsRepository>;

export interface LogFilter {
  readonly after?: number | undefined;
  readonly limit: number;
  readonly source?: string | undefined;
  /** This level and the more severe ones. */
  readonly level?: LogLevel | undefined;
  readonly correlationId?: string | undefined;
  readonly search?: string | undefined;
}

export interface LogOwner {
  readonly workspaceId: string;
  readonly organizationId: string;
}

/** NewLine is a line with whose it is. */
export interface NewLine extends StoredLine, LogOwner {}

export function createLogsRepository(db: Database, keepLines = KEEP_LOG_LINES) {
  return {
    async lastSeq(workspaceId: string): Promise<number> {
      const [row] = await db
        .select({ seq: workspaceLogHeads.seq })
        .from(workspaceLogHeads)
        .where(eq(workspaceLogHeads.workspaceId, workspaceId));
      return row?.seq ?? 0;
    },

    /**
     * Stores lines of any number of workspaces and wakes their followers with the same commit; within a workspace
     * `seq` has no gaps and never goes back.
     */
    async append(lines: readonly NewLine[]): Promise<void> {
      const { rows: heads } = await db.execute<{
        workspace_id: string;
        seq: string;
        added: string;
      }>(insertion(lines));
      for (const head of heads) {
        const last = Number(head.seq);
        if (crossesPruning(last - Number(head.added), last))
          // What stays now is removed the next time.
          await this.prune(head.workspace_id, last - keepLines).catch(() => undefined);
      }
    },

    async prune(workspaceId: string, throughSeq: number): Promise<void> {
      await db
        .delete(workspaceLogs)
        .where(and(eq(workspaceLogs.workspaceId, workspaceId), lte(workspaceLogs.seq, throughSeq)));
    },

    /** In order of `seq`: the first ones after `after`, or the last ones. */
    async list(owner: LogOwner, filter: LogFilter): Promise<LogRow[]> {
      const rows = await db
        .select()
        .from(workspaceLogs)
        .where(
          and(
            eq(workspaceLogs.organizationId, owner.organizationId),
            eq(workspaceLogs.workspaceId, owner.workspaceId),
            ...conditions(filter),
          ),
        )
        .orderBy(filter.after === undefined ? desc(workspaceLogs.seq) : asc(workspaceLogs.seq))
        .limit(filter.limit);
      return filter.after === undefined ? rows.reverse() : rows;
    },

    async readAfter(workspaceId: string, after: number, limit: number): Promise<LogRow[]> {
      return db
        .select()
        .from(workspaceLogs)
        .where(and(eq(workspaceLogs.workspaceId, workspaceId), gt(workspaceLogs.seq, after)))
        .orderBy(asc(workspaceLogs.seq))
        .limit(limit);
    },

    async firstSeq(workspaceId: string): Promise<number> {
      const [row] = await db
        .select({ seq: min(workspaceLogs.seq) })
        .from(workspaceLogs)
        .where(eq(workspaceLogs.workspaceId, workspaceId));
      return row?.seq ?? 1;
    },
  };
}

function insertion(lines: readonly NewLine[]) {
  const column = (name: Exclude<keyof NewLine, 'at'>) => sql.param(lines.map((line) => line[name]));
  const at = sql.param(lines.map((line) => line.at.toISOString()));
  // The row locks on the heads are held until commit, so a later line never becomes visible first.
  return sql`
    with lines as (
      select * from unnest(
        ${column('workspaceId')}::uuid[], ${column('organizationId')}::uuid[], ${at}::text[],
        ${column('level')}::text[], ${column('source')}::text[], ${column('text')}::text[],
        ${column('correlationId')}::text[]
      ) with ordinality
        as line (workspace_id, organization_id, at, level, source, text, correlation_id, position)
    ), counts as (
      select workspace_id, count(*) as added from lines group by workspace_id
    ), heads as (
      insert into workspace_log_heads as head (workspace_id, seq)
      select workspace_id, added from counts order by workspace_id
      on conflict (workspace_id) do update set seq = head.seq + excluded.seq
      returning workspace_id, seq
    ), stored as (
      insert into workspace_logs
        (workspace_id, organization_id, seq, at, level, source, text, correlation_id)
      select workspace_id, organization_id,
        seq - added + row_number() over (partition by workspace_id order by position),
        at::timestamptz, level, source, text, correlation_id
      from lines join counts using (workspace_id) join heads using (workspace_id)
    )
    select workspace_id, seq, added, pg_notify(${LIVE_CHANNEL}, 'logs:' || workspace_id)
    from heads join counts using (workspace_id)`;
}

function crossesPruning(before: number, last: number): boolean {
  return Math.floor(before / PRUNE_INTERVAL_LINES) < Math.floor(last / PRUNE_INTERVAL_LINES);
}

function conditions(filter: LogFilter) {
  const { after, source, level, correlationId, search } = filter;
  return [
    after === undefined ? undefined : gt(workspaceLogs.seq, after),
    source === undefined ? undefined : eq(workspaceLogs.source, source),
    level && inArray(workspaceLogs.level, LOG_LEVELS.slice(LOG_LEVELS.indexOf(level))),
    correlationId === undefined ? undefined : eq(workspaceLogs.correlationId, correlationId),
    search ? ilike(workspaceLogs.text, `%${search.replace(/[%_\\]/g, '\\$&')}%`) : undefined,
  ];
}
