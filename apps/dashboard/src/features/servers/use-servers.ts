import { serverRoutes, type Invitation } from '@spt-flow/shared/api/servers';
import { computed, shallowRef } from 'vue';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useWorkspacesStore } from '../workspaces/workspaces-store.ts';

export interface Invited {
  readonly workspaceId: string;
  readonly name: string;
  readonly invitation: Invitation;
}

/** useServers lists the servers among the workspaces; an invitation lives only as long as the page that shows it. */
export function useServers() {
  const { api } = useServices();
  const store = useWorkspacesStore();
  const invited = shallowRef<Invited>();
  const servers = computed(() => store.list.filter(({ provider }) => provider === 'server'));

  const adding = useAction(async (name: string) => {
    const { workspace, invitation } = await api.call(serverRoutes.create, { body: { name } });
    store.apply({ type: 'workspace.changed', workspace });
    invited.value = { workspaceId: workspace.id, name, invitation };
  });
  const inviting = useAction(async (handle: string) => {
    const params = { handle };
    const { workspace, invitation } = await api.call(serverRoutes.invite, { params });
    store.apply({ type: 'workspace.changed', workspace });
    invited.value = { workspaceId: workspace.id, name: workspace.name, invitation };
  });

  return { servers, invited, adding, inviting };
}
