import { poolRoutes } from '@spt-flow/shared/api/pools';
import { templateRoutes } from '@spt-flow/shared/api/templates';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useLoaded } from '../../lib/use-loaded.ts';
import { useWorkspacesStore } from '../workspaces/workspaces-store.ts';

const VERSIONS_SHOWN = 50;

/** useTemplate loads a template with its versions, what an update to the active one would do, and for admins what is kept ready. */
export function useTemplate(handle: () => string, isAdmin: () => boolean) {
  const { api } = useServices();
  const workspaces = useWorkspacesStore();

  const loaded = useLoaded(handle, async (name, signal) => {
    const params = { handle: name };
    const [details, versions] = await Promise.all([
      api.call(templateRoutes.get, { params }, { signal }),
      api.call(templateRoutes.versions, { params, query: { limit: VERSIONS_SHOWN } }, { signal }),
    ]);
    const impact = details.active
      ? await api.call(templateRoutes.impact, { params, body: {} }, { signal })
      : undefined;
    const pool = isAdmin() ? await api.call(poolRoutes.get, { params }, { signal }) : undefined;
    return { ...details, versions: versions.items, impact: impact?.items ?? [], pool };
  });

  const updating = useAction(async (workspaceId: string) => {
    const body = { workspaces: [workspaceId] };
    const { updated } = await api.call(templateRoutes.updateWorkspaces, {
      params: { handle: handle() },
      body,
    });
    for (const workspace of updated) workspaces.apply({ type: 'workspace.changed', workspace });
    await loaded.reload();
  });
  const promoting = useAction(async (activeVersion: number) => {
    const params = { handle: handle() };
    await api.call(templateRoutes.update, { params, body: { activeVersion } });
    await loaded.reload();
  });

  return { ...loaded, updating, promoting };
}
