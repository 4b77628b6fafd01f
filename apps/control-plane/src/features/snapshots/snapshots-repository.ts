import {
  and,
  count,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  isNull,
  lte,
  max,
  ne,
  or,
  sql,
} from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import {
  poolMembers,
  projects,
  templates,
  workspaces,
  workspaceSnapshots,
} from '@spt-flow/db/schema';
import { visibleTo, type Viewer } from '../project-access/index.ts';
import { COPYING_PROVIDERS } from './manifest.ts';

export type SnapshotRow = typeof workspaceSnapshots.$inferSelect;
export type SnapshotsRepository = ReturnType<typeof createSnapshotsRepository>;

/** More than anybody looks at. */
const MAX_LISTED = 500;

export function createSnapshotsRepository(db: Database) {
  const { organizationId, workspaceId, createdAt, id, kind } = workspaceSnapshots;
  return {
    /** Undefined when the workspace has one of that name. */
    async insert(values: typeof workspaceSnapshots.$inferInsert): Promise<SnapshotRow | undefined> {
      const [row] = await db
        .insert(workspaceSnapshots)
        .values(values)
        .onConflictDoNothing()
        .returning();
      return row;
    },

    async find(organization: string, snapshotId: string): Promise<SnapshotRow | undefined> {
      const [row] = await db
        .select()
        .from(workspaceSnapshots)
        .where(and(eq(organizationId, organization), eq(id, snapshotId)));
      return row;
    },

    async list(viewer: Viewer, ofWorkspace?: string): Promise<SnapshotRow[]> {
      return db
        .select(getTableColumns(workspaceSnapshots))
        .from(workspaceSnapshots)
        .leftJoin(workspaces, eq(workspaces.id, workspaceId))
        .where(
          and(
            eq(organizationId, viewer.organizationId),
            visibleTo(viewer, workspaces.projectId),
            ofWorkspace === undefined ? undefined : eq(workspaceId, ofWorkspace),
          ),
        )
        .orderBy(desc(createdAt), id)
        .limit(MAX_LISTED);
    },

    /** Those that people made; the others have a limit of their own. */
    async countOf(ofWorkspace: string): Promise<number> {
      const [row] = await db
        .select({ count: count() })
        .from(workspaceSnapshots)
        .where(and(eq(workspaceId, ofWorkspace), ne(kind, 'automatic')));
      return row?.count ?? 0;
    },

    /**
     * Workspaces whose last automatic snapshot, or else their beginning, was then or before, and that may have changed
     * since; longest waiting first.
     */
    async due(since: Date): Promise<string[]> {
      const latest = db
        .select({ of: workspaceId, at: max(createdAt).as('at') })
        .from(workspaceSnapshots)
        .where(eq(kind, 'automatic'))
        .groupBy(workspaceId)
        .as('latest');
      const { id: of, provider, desiredState, actualState, stateSince } = workspaces;
      const last = sql`coalesce(${latest.at}, ${workspaces.createdAt})`;
      const rows = await db
        .select({ id: of })
        .from(workspaces)
        .leftJoin(latest, eq(latest.of, of))
        .leftJoin(poolMembers, eq(poolMembers.workspaceId, of))
        .where(
          and(
            inArray(provider, [...COPYING_PROVIDERS]),
            eq(desiredState, actualState),
            or(
              eq(actualState, 'running'),
              and(eq(actualState, 'stopped'), or(isNull(latest.at), gt(stateSince, latest.at))),
            ),
            // Nobody has worked in what waits in a pool.
            isNull(poolMembers.workspaceId),
            lte(last, since),
          ),
        )
        .orderBy(last);
      return rows.map((row) => row.id);
    },

    /** Automatic ones of a workspace, without the newest. */
    async automaticBut(newest: number, ofWorkspace: string): Promise<SnapshotRow[]> {
      return db
        .select()
        .from(workspaceSnapshots)
        .where(and(eq(workspaceId, ofWorkspace), eq(kind, 'automatic')))
        .orderBy(desc(createdAt))
        .offset(newest);
    },

    async remove(snapshotId: string): Promise<void> {
      await db.delete(workspaceSnapshots).where(eq(id, snapshotId));
    },

    async expired(now: Date): Promise<SnapshotRow[]> {
      return db.select().from(workspaceSnapshots).where(lte(workspaceSnapshots.expiresAt, now));
    },

    /** Automatic ones from before this instant, of workspaces that are gone. */
    async automaticOfGone(before: Date): Promise<SnapshotRow[]> {
      return db
        .select(getTableColumns(workspaceSnapshots))
        .from(workspaceSnapshots)
        .leftJoin(workspaces, eq(workspaces.id, workspaceId))
        .where(
          and(
            eq(kind, 'automatic'),
            lte(createdAt, before),
            or(isNull(workspaces.id), eq(workspaces.actualState, 'deleted')),
          ),
        );
    },

    async ids(): Promise<Set<string>> {
      const rows = await db.select({ id }).from(workspaceSnapshots);
      return new Set(rows.map((row) => row.id));
    },

    async repositoryUrlOf(ofWorkspace: string): Promise<string | null> {
      const [row] = await db
        .select({ url: projects.repositoryUrl })
        .from(workspaces)
        .innerJoin(projects, eq(projects.id, workspaces.projectId))
        .where(eq(workspaces.id, ofWorkspace));
      return row?.url ?? null;
    },

    /** A backup may come from elsewhere, or its template may be gone. */
    async hasTemplate(organization: string, templateId: string): Promise<boolean> {
      const found = await db
        .select({ id: templates.id })
        .from(templates)
        .where(and(eq(templates.organizationId, organization), eq(templates.id, templateId)));
      return found.length > 0;
    },
  };
}
