import { checkpointRoutes } from '@spt-flow/shared/api/checkpoints';
import { changeSetRoutes } from '@spt-flow/shared/api/change-sets';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { useServices } from '../../lib/services.ts';
import { useLoaded } from '../../lib/use-loaded.ts';

/** useFileList is the tree of a workspace. */
export function useFileList(workspaceId: () => string) {
  const { api } = useServices();
  return useLoaded(workspaceId, (handle, signal) =>
    api.call(workspaceRoutes.files, { params: { handle }, query: {} }, { signal }),
  );
}

/** useFile is one file of a workspace; no path, no file. */
export function useFile(workspaceId: () => string, path: () => string | undefined) {
  const { api } = useServices();
  return useLoaded(path, async (wanted, signal) => {
    if (wanted === undefined) return undefined;
    return api.call(
      workspaceRoutes.file,
      { params: { handle: workspaceId() }, query: { path: wanted } },
      { signal },
    );
  });
}

/** useChange is the diff of one change set, or of the last committed one. */
export function useChange(workspaceId: () => string, changeSetId: () => string | undefined) {
  const { api } = useServices();

  async function newestId(signal: AbortSignal): Promise<string | undefined> {
    const page = await api.call(
      changeSetRoutes.list,
      { params: { handle: workspaceId() }, query: { limit: 20 } },
      { signal },
    );
    return page.items.find((receipt) => receipt.outcome === 'committed')?.id;
  }

  return useLoaded(changeSetId, async (asked, signal) => {
    const id = asked ?? (await newestId(signal));
    if (id === undefined) return { files: [] };
    return api.call(changeSetRoutes.diff, { params: { id } }, { signal });
  });
}

/** useComparison is what was changed between two points of a project, or since one; no point, no comparison. */
export function useComparison(
  handle: () => string,
  points: () => { from: string | undefined; to: string | undefined },
) {
  const { api } = useServices();
  return useLoaded(
    () => `${points().from ?? ''} ${points().to ?? ''}`,
    async (_key, signal) => {
      const { from, to } = points();
      if (from === undefined) return undefined;
      const query = { from, ...(to !== undefined && { to }) };
      return api.call(
        checkpointRoutes.compare,
        { params: { handle: handle() }, query },
        { signal },
      );
    },
  );
}
