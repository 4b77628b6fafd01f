import { poolRoutes } from '@spt-flow/shared/api/pools';
import { templateRoutes, type WorkspaceImpact } from '@spt-flow/shared/api/templates';
import { shallowRef, watch } from 'vue';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useLoaded } from '../../lib/use-loaded.ts';
import { useWorkspacesStore } from '../workspaces/workspaces-store.ts';

const VERSIONS_SHOWN = 50;

/** useTemplate loads a template with its versions, what an update to the active one would do, and for admins what is kept ready. */
export function useTemplate(handle: () => string, isAdmin: () => boolean) {
  const { api } = useServices();
  const workspaces = useWorkspacesStore();
  const params = () => ({ handle: handle() });

  const loaded = useLoaded(handle, async (_name, signal) => {
    const query = { limit: VERSIONS_SHOWN };
    const [details, versions] = await Promise.all([
      api.call(templateRoutes.get, { params: params() }, { signal }),
      api.call(templateRoutes.versions, { params: params(), query }, { signal }),
    ]);
    const impact = details.active ? await impactOf(details.active.number, signal) : [];
    const pool = isAdmin()
      ? await api.call(poolRoutes.get, { params: params() }, { signal })
      : undefined;
    return { ...details, versions: versions.items, impact, pool };
  });

  /** Of making a version the one to update to, for every workspace of the template. */
  async function impactOf(version: number, signal?: AbortSignal) {
    const input = { params: params(), body: { version } };
    const { items } = await api.call(templateRoutes.impact, input, signal ? { signal } : {});
    return items;
  }

  const updating = useAction(async (workspaceId: string) => {
    const body = { workspaces: [workspaceId] };
    const { updated } = await api.call(templateRoutes.updateWorkspaces, { params: params(), body });
    for (const workspace of updated) workspaces.apply({ type: 'workspace.changed', workspace });
    await loaded.reload();
  });
  const change = useAction(
    async (body: { activeVersion?: number; deprecation?: string | null }) => {
      await api.call(templateRoutes.update, { params: params(), body });
      await loaded.reload();
    },
  );
  const archiving = useAction(async (number: number, archived: boolean) => {
    const input = { params: { ...params(), number }, body: { archived } };
    await api.call(templateRoutes.archive, input);
    await loaded.reload();
  });

  /** What is about to be promoted, and what it would mean. */
  const lookedAt = shallowRef<{ version: number; impact: readonly WorkspaceImpact[] }>();
  watch(handle, () => {
    lookedAt.value = undefined;
  });
  const looking = useAction(async (version: number) => {
    lookedAt.value = { version, impact: await impactOf(version) };
  });

  return { ...loaded, updating, change, archiving, looking, lookedAt };
}
