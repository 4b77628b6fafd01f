import { and, count, desc, eq, getTableColumns, lte } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { projects, templates, workspaces, workspaceSnapshots } from '@spt-flow/db/schema';
import { visibleTo, type Viewer } from '../project-access/index.ts';

export type SnapshotRow = typeof workspaceSnapshots.$inferSelect;
export type SnapshotsRepository = ReturnType<typeof createSnapshotsRepository>;

/** More than anybody looks at. */
const MAX_LISTED = 500;

export function createSnapshotsRepository(db: Database) {
  const { organizationId, workspaceId, createdAt, id } = workspaceSnapshots;
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

    async countOf(ofWorkspace: string): Promise<number> {
      const [row] = await db
        .select({ count: count() })
        .from(workspaceSnapshots)
        .where(eq(workspaceId, ofWorkspace));
      return row?.count ?? 0;
    },

    async remove(snapshotId: string): Promise<void> {
      await db.delete(workspaceSnapshots).where(eq(id, snapshotId));
    },

    async expired(now: Date): Promise<SnapshotRow[]> {
      return db.select().from(workspaceSnapshots).where(lte(workspaceSnapshots.expiresAt, now));
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
