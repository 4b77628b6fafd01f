import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  gte,
  ilike,
  inArray,
  lt,
  min,
  sql,
} from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { projects, workspaceLogHeads, workspaceLogs, workspaces } from '@spt-flow/db/schema';
import { LOG_LEVELS } from '@spt-flow/shared/api/logs';
import type { SpoolPosition } from '@spt-flow/shared/agent-protocol/events';
import { visibleTo, type Viewer } from '../project-access/index.ts';
import {
  appendLines,
  type Growth,
  type LogOwner,
  type NewLine,
} from './append-lines-repository.ts';
import type { LogLevel } from './log-line.ts';

/** What is too much is removed after a workspace logged this part of what is kept, not with each line. */
const PRUNE_PARTS = 16;

export type LogRow = typeof workspaceLogs.$inferSelect;
export type LogsRepository = ReturnType<typeof createLogsRepository>;

/** Retention is what is kept of the log of each workspace. */
interface Retention {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /** What is too much could not be removed. */
  readonly onError: (error: unknown) => void;
}

/** LogQuery is what lines must be like. */
interface LogQuery {
  readonly source?: string | undefined;
  /** This level and the more severe ones. */
  readonly level?: LogLevel | undefined;
  readonly correlationId?: string | undefined;
  readonly search?: string | undefined;
  readonly since?: string | undefined;
  /** Not with this moment. */
  readonly until?: string | undefined;
}

export interface LogFilter extends LogQuery {
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Where a page of a search ends. */
export interface SearchPosition {
  readonly at: string;
  readonly workspaceId: string;
  readonly seq: number;
}

export interface LogSearch extends LogQuery {
  readonly viewer: Viewer;
  readonly projectId?: string | undefined;
  readonly workspaceId?: string | undefined;
  readonly olderThan?: SearchPosition | undefined;
  readonly limit: number;
}

export type FoundRow = LogRow & { workspaceName: string; projectId: string; projectSlug: string };

export function createLogsRepository(db: Database, retention: Retention) {
  async function keepToSize({ workspaceId, bytesBefore, bytes }: Growth): Promise<void> {
    const step = retention.maxBytes / PRUNE_PARTS;
    if (Math.floor(bytesBefore / step) === Math.floor(bytes / step)) return;
    const { seq, endsAtByte } = workspaceLogs;
    const ofWorkspace = eq(workspaceLogs.workspaceId, workspaceId);
    const firstKept = db
      .select({ seq })
      .from(workspaceLogs)
      .where(and(ofWorkspace, gt(endsAtByte, bytes - retention.maxBytes)))
      .orderBy(asc(seq))
      .limit(1);
    await db.delete(workspaceLogs).where(and(ofWorkspace, lt(seq, sql`(${firstKept})`)));
  }

  return {
    async lastSeq(workspaceId: string): Promise<number> {
      const [row] = await db
        .select({ seq: workspaceLogHeads.seq })
        .from(workspaceLogHeads)
        .where(eq(workspaceLogHeads.workspaceId, workspaceId));
      return row?.seq ?? 0;
    },

    async append(lines: readonly NewLine[]): Promise<void> {
      for (const growth of await appendLines(db, lines)) {
        // The lines are stored; what stays now is removed the next time.
        await keepToSize(growth).catch(retention.onError);
      }
    },

    /** What is stored of the spools of these workspaces' agents. */
    async spoolPositions(
      workspaceIds: readonly string[],
    ): Promise<ReadonlyMap<string, SpoolPosition>> {
      const rows = await db
        .select()
        .from(workspaceLogHeads)
        .where(inArray(workspaceLogHeads.workspaceId, [...workspaceIds]));
      return new Map(
        rows.flatMap(({ workspaceId, spool, spoolSeq }) =>
          spool === null ? [] : [[workspaceId, { spool, seq: spoolSeq }] as const],
        ),
      );
    },

    /** Removes what is too old. */
    async removeAged(now: Date): Promise<void> {
      const oldest = new Date(now.getTime() - retention.maxAgeMs).toISOString();
      // By organization, since there is an index of their times.
      await db.execute(sql`
        delete from workspace_logs using organizations
        where workspace_logs.organization_id = organizations.id and at < ${oldest}::timestamptz`);
    },

    /** In order of `seq`: the first ones after `after`, or the last ones. */
    async list(owner: LogOwner, filter: LogFilter): Promise<LogRow[]> {
      const { after, before, limit, ...query } = filter;
      const { organizationId, workspaceId, seq } = workspaceLogs;
      const rows = await db
        .select()
        .from(workspaceLogs)
        .where(
          and(
            eq(organizationId, owner.organizationId),
            eq(workspaceId, owner.workspaceId),
            after === undefined ? undefined : gt(seq, after),
            before === undefined ? undefined : lt(seq, before),
            ...conditions(query),
          ),
        )
        .orderBy(after === undefined ? desc(seq) : asc(seq))
        .limit(limit);
      return after === undefined ? rows.reverse() : rows;
    },

    /** Over all workspaces that somebody finds, the newest first. */
    async search(search: LogSearch): Promise<FoundRow[]> {
      const { viewer, projectId, workspaceId, olderThan, limit, ...query } = search;
      const { at, seq } = workspaceLogs;
      return db
        .select({
          ...getTableColumns(workspaceLogs),
          workspaceName: workspaces.name,
          projectId: workspaces.projectId,
          projectSlug: projects.slug,
        })
        .from(workspaceLogs)
        .innerJoin(workspaces, eq(workspaces.id, workspaceLogs.workspaceId))
        .innerJoin(projects, eq(projects.id, workspaces.projectId))
        .where(
          and(
            eq(workspaceLogs.organizationId, viewer.organizationId),
            visibleTo(viewer, projects.id),
            projectId === undefined ? undefined : eq(workspaces.projectId, projectId),
            workspaceId === undefined ? undefined : eq(workspaceLogs.workspaceId, workspaceId),
            olderThan &&
              sql`(${at}, ${workspaceLogs.workspaceId}, ${seq}) < (${olderThan.at}::timestamptz, ${olderThan.workspaceId}::uuid, ${olderThan.seq}::bigint)`,
            ...conditions(query),
          ),
        )
        .orderBy(desc(at), desc(workspaceLogs.workspaceId), desc(seq))
        .limit(limit);
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

function conditions({ source, level, correlationId, search, since, until }: LogQuery) {
  return [
    source === undefined ? undefined : eq(workspaceLogs.source, source),
    level && inArray(workspaceLogs.level, LOG_LEVELS.slice(LOG_LEVELS.indexOf(level))),
    correlationId === undefined ? undefined : eq(workspaceLogs.correlationId, correlationId),
    search ? ilike(workspaceLogs.text, `%${search.replace(/[%_\\]/g, '\\$&')}%`) : undefined,
    since === undefined ? undefined : gte(workspaceLogs.at, new Date(since)),
    until === undefined ? undefined : lt(workspaceLogs.at, new Date(until)),
  ];
}
