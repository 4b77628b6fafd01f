import { and, desc, eq, ne, sql, type SQL } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { portSharing, projects, workspaces } from '@spt-flow/db/schema';
import type { PreviewLabel } from '@spt-flow/shared/domain/preview-label';
import {
  DEFAULT_SHARING,
  type SharedPort,
  type SharingLevel,
} from '@spt-flow/shared/domain/sharing';

/** PreviewTarget is the port of a workspace that a preview address shows. */
export interface PreviewTarget extends SharedPort {
  readonly workspaceId: string;
  readonly projectId: string;
  readonly port: number;
  readonly isApp: boolean;
  readonly desiredState: 'running' | 'stopped' | 'deleted';
  readonly actualState: string;
}

export interface PreviewTargets {
  /** Across organizations: the name is all that a host says. */
  byLabel(label: PreviewLabel): Promise<PreviewTarget | undefined>;
  byProject(projectId: string): Promise<PreviewTarget | undefined>;
}

const SHARING = sql<SharingLevel>`coalesce(${portSharing.sharing}, ${DEFAULT_SHARING.other})`;

export function createPreviewTargets(db: Database): PreviewTargets {
  /** `port`: the app's own unless told. */
  async function newest(condition: SQL, port?: number): Promise<PreviewTarget | undefined> {
    const asked =
      port === undefined ? sql<number>`${workspaces.appPort}` : sql<number>`${port}::int`;
    const [row] = await db
      .select({
        workspaceId: workspaces.id,
        projectId: workspaces.projectId,
        organizationId: workspaces.organizationId,
        ownerId: workspaces.ownerId,
        port: asked.mapWith(Number),
        isApp: sql<boolean>`${workspaces.appPort} = ${asked}`,
        sharing: sql<SharingLevel>`case when ${workspaces.appPort} = ${asked} then ${projects.appSharing} else ${SHARING} end`,
        desiredState: workspaces.desiredState,
        actualState: workspaces.actualState,
      })
      .from(workspaces)
      .innerJoin(projects, eq(projects.id, workspaces.projectId))
      .leftJoin(
        portSharing,
        and(eq(portSharing.workspaceId, workspaces.id), eq(portSharing.port, asked)),
      )
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
    byLabel: (label) =>
      label.kind === 'app'
        ? newest(eq(projects.slug, label.slug))
        : newest(eq(workspaces.hostLabel, label.workspace), label.port),
    byProject: (projectId) => newest(eq(projects.id, projectId)),
  };
}
