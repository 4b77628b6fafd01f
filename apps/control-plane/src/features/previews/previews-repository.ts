import { and, desc, eq, ne } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { projects, workspaces } from '@spt-flow/db/schema';
import type { SQL } from 'drizzle-orm';

/** PreviewTarget is the workspace whose app a preview address shows. */
export interface PreviewTarget {
  readonly workspaceId: string;
  readonly appPort: number;
  readonly desiredState: 'running' | 'stopped' | 'deleted';
  readonly actualState: string;
}

export interface PreviewTargets {
  bySlug(slug: string): Promise<PreviewTarget | undefined>;
  byProject(projectId: string): Promise<PreviewTarget | undefined>;
}

/** createPreviewTargets reads across organizations: previews are open to whoever reaches the control plane. */
export function createPreviewTargets(db: Database): PreviewTargets {
  async function newest(condition: SQL): Promise<PreviewTarget | undefined> {
    const [row] = await db
      .select({
        workspaceId: workspaces.id,
        appPort: workspaces.appPort,
        desiredState: workspaces.desiredState,
        actualState: workspaces.actualState,
      })
      .from(workspaces)
      .innerJoin(projects, eq(projects.id, workspaces.projectId))
      .where(
        and(
          condition,
          ne(projects.status, 'archived'),
          ne(workspaces.actualState, 'deleted'),
          ne(workspaces.desiredState, 'deleted'),
        ),
      )
      .orderBy(desc(workspaces.createdAt))
      .limit(1);
    return row;
  }
  return {
    bySlug: (slug) => newest(eq(projects.slug, slug)),
    byProject: (projectId) => newest(eq(projects.id, projectId)),
  };
}
