import { and, eq, ne } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { serverHosts, workspaceLeftovers, workspaces } from '@spt-flow/db/schema';
import { AppError } from '@spt-flow/shared/domain/errors';
import { visibleTo, type Viewer } from '../project-access/index.ts';
import { placeName } from '../providers/index.ts';

export type HostsRepository = ReturnType<typeof createHostsRepository>;

interface Host {
  readonly hostId: string;
  readonly organizationId: string;
}

/** createHostsRepository knows the servers that host workspaces, and which. */
export function createHostsRepository(db: Database) {
  const isGuestOf = (hostId: string) =>
    and(eq(workspaces.hostId, hostId), ne(workspaces.actualState, 'deleted'));

  return {
    transaction: db.transaction.bind(db),

    async ids(): Promise<string[]> {
      const rows = await db.select({ id: serverHosts.workspaceId }).from(serverHosts);
      return rows.map(({ id }) => id);
    },

    /** Those that the viewer may see. */
    async visible(viewer: Viewer): Promise<{ id: string; name: string }[]> {
      const { id, name, projectId, organizationId } = workspaces;
      return db
        .select({ id, name })
        .from(serverHosts)
        .innerJoin(workspaces, eq(id, serverHosts.workspaceId))
        .where(and(eq(organizationId, viewer.organizationId), visibleTo(viewer, projectId)))
        .orderBy(name);
    },

    async since(hostId: string): Promise<Date | undefined> {
      const [row] = await db
        .select({ since: serverHosts.createdAt })
        .from(serverHosts)
        .where(eq(serverHosts.workspaceId, hostId));
      return row?.since;
    },

    /** False: the server is being deleted. */
    async add({ hostId, organizationId }: Host, tx: Queryable): Promise<boolean> {
      const [server] = await tx
        .select({ desiredState: workspaces.desiredState })
        .from(workspaces)
        .where(eq(workspaces.id, hostId))
        .for('update');
      if (!server || server.desiredState === 'deleted') return false;
      await tx
        .insert(serverHosts)
        .values({ workspaceId: hostId, organizationId })
        .onConflictDoNothing();
      return true;
    },

    /** It stays a host until the transaction ends; AppError `not_found` where it is none. */
    async lock({ hostId, organizationId }: Host, tx: Queryable): Promise<void> {
      const [row] = await tx
        .select({ id: serverHosts.workspaceId })
        .from(serverHosts)
        .where(
          and(eq(serverHosts.workspaceId, hostId), eq(serverHosts.organizationId, organizationId)),
        )
        .for('key share');
      if (!row) throw new AppError('not_found', 'The server hosts no workspaces any more');
    },

    /** AppError `host_in_use` until the server hosts nothing any more; nobody makes it a host until the transaction ends. */
    async assertNone(workspaceId: string, tx: Queryable): Promise<void> {
      await tx
        .select({ id: workspaces.id })
        .from(workspaces)
        .where(eq(workspaces.id, workspaceId))
        .for('update');
      const [host] = await tx
        .select({ id: serverHosts.workspaceId })
        .from(serverHosts)
        .where(eq(serverHosts.workspaceId, workspaceId));
      if (host) throw new AppError('host_in_use');
    },

    /** Those that the viewer may see, and how many there are. */
    async guests(hostId: string, viewer: Viewer) {
      const { id, name, projectId } = workspaces;
      const visible = await db
        .select({ id, name })
        .from(workspaces)
        .where(and(isGuestOf(hostId), visibleTo(viewer, projectId)))
        .orderBy(name);
      return { visible, count: await db.$count(workspaces, isGuestOf(hostId)) };
    },

    /** Returns how many workspaces run there and keep it from being removed. */
    async remove(hostId: string, tx: Queryable): Promise<number> {
      // Nobody is let in meanwhile.
      await tx
        .select({ id: serverHosts.workspaceId })
        .from(serverHosts)
        .where(eq(serverHosts.workspaceId, hostId))
        .for('update');
      const guests = await tx.$count(workspaces, isGuestOf(hostId));
      if (guests > 0) return guests;
      await tx.update(workspaces).set({ hostId: null }).where(eq(workspaces.hostId, hostId));
      await tx
        .delete(workspaceLeftovers)
        .where(eq(workspaceLeftovers.provider, placeName({ provider: 'docker', hostId })));
      await tx.delete(serverHosts).where(eq(serverHosts.workspaceId, hostId));
      return 0;
    },
  };
}
