import { and, eq, inArray, ne, sql } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { workspaceLifecycles, workspaces } from '@spt-flow/db/schema';

export type DiskRepository = ReturnType<typeof createDiskRepository>;
export type MeasuredWorkspace = Awaited<ReturnType<DiskRepository['known']>>[number];

export function createDiskRepository(db: Database) {
  return {
    /** Those of them that are there, with what they took before. */
    async known(ids: readonly string[]) {
      const { id, organizationId, name, settings, actualState } = workspaces;
      return db
        .select({ id, organizationId, name, settings, diskBytes: workspaceLifecycles.diskBytes })
        .from(workspaces)
        .leftJoin(workspaceLifecycles, eq(workspaceLifecycles.workspaceId, id))
        .where(and(inArray(id, [...ids]), ne(actualState, 'deleted')));
    },

    /** Workspaces that are gone are left out. */
    async record(used: ReadonlyMap<string, number>): Promise<void> {
      const ids = sql.param([...used.keys()]);
      const bytes = sql.param([...used.values()]);
      await db.execute(sql`
        insert into workspace_lifecycles as known (workspace_id, organization_id, disk_bytes)
        select workspaces.id, workspaces.organization_id, seen.bytes
        from unnest(${ids}::uuid[], ${bytes}::bigint[]) as seen (id, bytes)
          join workspaces on workspaces.id = seen.id
        order by workspaces.id
        on conflict (workspace_id) do update set disk_bytes = excluded.disk_bytes
          where known.disk_bytes is distinct from excluded.disk_bytes`);
    },
  };
}
