import {
  snapshotRoutes,
  type NewWorkspaceOptions,
  type Snapshot,
} from '@spt-flow/shared/api/snapshots';
import type { Workspace } from '@spt-flow/shared/api/workspaces';
import { defineStore } from 'pinia';
import { shallowReactive } from 'vue';
import { useServices } from '../../lib/services.ts';

interface Kept {
  readonly items: readonly Snapshot[];
  readonly limit: number;
}

/** useSnapshotsStore holds what the server keeps of workspaces. */
export const useSnapshotsStore = defineStore('snapshots', () => {
  const { api } = useServices();
  const byWorkspace = shallowReactive(new Map<string, Kept>());

  async function load(workspaceId: string): Promise<Kept> {
    const kept = await api.call(snapshotRoutes.list, { params: { handle: workspaceId } });
    byWorkspace.set(workspaceId, kept);
    return kept;
  }

  async function create(workspaceId: string, name: string): Promise<void> {
    const body = name === '' ? {} : { name };
    await api.call(snapshotRoutes.create, { params: { handle: workspaceId }, body });
    await load(workspaceId);
  }

  async function remove({ id, workspaceId }: Snapshot): Promise<void> {
    await api.call(snapshotRoutes.remove, { params: { id } });
    await load(workspaceId);
  }

  async function restore({ id: snapshotId, workspaceId }: Snapshot): Promise<void> {
    await api.call(snapshotRoutes.restore, {
      params: { handle: workspaceId },
      body: { snapshotId },
    });
  }

  function clone({ id }: Snapshot, body: NewWorkspaceOptions): Promise<Workspace> {
    return api.call(snapshotRoutes.clone, { params: { id }, body });
  }

  return { byWorkspace, load, create, remove, restore, clone };
});
