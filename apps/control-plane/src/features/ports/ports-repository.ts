import { and, eq } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { portSharing, projects, workspaces } from '@spt-flow/db/schema';
import type { SharingLevel } from '@spt-flow/shared/domain/sharing';
import { lockCount } from '../../lib/count-lock-repository.ts';

export type PortsRepository = ReturnType<typeof createPortsRepository>;

/** PortWorkspace is a workspace as far as its ports depend on it. */
export interface PortWorkspace {
  readonly id: string;
  readonly organizationId: string;
  readonly ownerId: string;
  readonly projectId: string;
  readonly hostLabel: string;
  /** Where the app of the project listens, and how that is shared and called. */
  readonly appPort: number;
  readonly appSharing: SharingLevel;
  readonly slug: string;
}

export function createPortsRepository(db: Database) {
  async function shared(
    workspaceId: string,
    tx: Queryable = db,
  ): Promise<{ port: number; sharing: SharingLevel }[]> {
    return tx
      .select({ port: portSharing.port, sharing: portSharing.sharing })
      .from(portSharing)
      .where(eq(portSharing.workspaceId, workspaceId))
      .limit(1000);
  }

  return {
    transaction: db.transaction.bind(db),

    async workspace(id: string): Promise<PortWorkspace | undefined> {
      const [row] = await db
        .select({
          id: workspaces.id,
          organizationId: workspaces.organizationId,
          ownerId: workspaces.ownerId,
          projectId: workspaces.projectId,
          hostLabel: workspaces.hostLabel,
          appPort: workspaces.appPort,
          appSharing: projects.appSharing,
          slug: projects.slug,
        })
        .from(workspaces)
        .innerJoin(projects, eq(projects.id, workspaces.projectId))
        .where(eq(workspaces.id, id));
      return row;
    },

    /** Ports that somebody decided about, other than the app's. */
    shared,

    /** For who adds one: until the transaction ends nobody else does. */
    async lockShared(workspaceId: string, tx: Queryable) {
      await lockCount(tx, `ports:${workspaceId}`);
      return shared(workspaceId, tx);
    },

    async setSharing(
      { id, organizationId }: PortWorkspace,
      change: { port: number; sharing: SharingLevel },
      tx: Queryable,
    ): Promise<void> {
      await tx
        .insert(portSharing)
        .values({ workspaceId: id, organizationId, ...change })
        .onConflictDoUpdate({
          target: [portSharing.workspaceId, portSharing.port],
          set: { sharing: change.sharing, updatedAt: new Date() },
        });
    },

    async removeSharing(workspaceId: string, port: number, tx: Queryable): Promise<void> {
      await tx
        .delete(portSharing)
        .where(and(eq(portSharing.workspaceId, workspaceId), eq(portSharing.port, port)));
    },

    async setAppSharing(projectId: string, sharing: SharingLevel, tx: Queryable): Promise<void> {
      await tx.update(projects).set({ appSharing: sharing }).where(eq(projects.id, projectId));
    },
  };
}
