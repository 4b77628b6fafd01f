import { and, asc, desc, eq, gt, ilike, inArray, lte, max, min, sql } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { workspaceLogs } from '@spt-flow/db/schema';
import { LOG_LEVELS } from '@spt-flow/shared/api/logs';
import type { LogLevel, StoredLine } from './log-line.ts';

/** How many lines of a workspace are kept. */
const KEEP_LOG_LINES = 50_000;
/** Below PostgreSQL's limit of 65,535 parameters for one statement. */
const INSERT_ROWS = 2_000;
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

export function createLogsRepository(db: Database, keepLines = KEEP_LOG_LINES) {
  async function lastSeq(workspaceId: string, tx: Pick<Database, 'select'> = db): Promise<number> {
    const [row] = await tx
      .select({ seq: max(workspaceLogs.seq) })
      .from(workspaceLogs)
      .where(eq(workspaceLogs.workspaceId, workspaceId));
    return row?.seq ?? 0;
  }

  return {
    lastSeq,

    /** Appends in order; writers of one workspace wait for each other, so that `seq` has no gaps and never goes back. */
    async append(owner: LogOwner, lines: readonly StoredLine[]): Promise<void> {
      await db.transaction(async (tx) => {
        await tx.execute(
          sql`select pg_advisory_xact_lock(hashtextextended(${`logs:${owner.workspaceId}`}, 0))`,
        );
        const before = await lastSeq(owner.workspaceId, tx);
        const rows = lines.map((line, index) => ({
          workspaceId: owner.workspaceId,
          organizationId: owner.organizationId,
          ...line,
          seq: before + index + 1,
        }));
        for (let start = 0; start < rows.length; start += INSERT_ROWS) {
          await tx.insert(workspaceLogs).values(rows.slice(start, start + INSERT_ROWS));
        }
        const last = before + rows.length;
        if (crossesPruning(before, last)) {
          await tx
            .delete(workspaceLogs)
            .where(
              and(
                eq(workspaceLogs.workspaceId, owner.workspaceId),
                lte(workspaceLogs.seq, last - keepLines),
              ),
            );
        }
      });
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
