import type { LiveEvent } from '@spt-flow/shared/api/live';
import { portRoutes, type Port, type PortList } from '@spt-flow/shared/api/ports';
import { defineStore } from 'pinia';
import { shallowReactive } from 'vue';
import { useServices } from '../../lib/services.ts';

/** usePortsStore holds what workspaces listen on, as far as somebody looked, kept current by live events. */
export const usePortsStore = defineStore('ports', () => {
  const { api } = useServices();
  const byWorkspace = shallowReactive(new Map<string, PortList>());

  async function load(workspaceId: string): Promise<void> {
    const list = await api.call(portRoutes.list, { params: { handle: workspaceId } });
    byWorkspace.set(workspaceId, list);
  }

  /** What changed while nobody told: a failure leaves what was known. */
  function reload(): void {
    for (const workspaceId of byWorkspace.keys()) void load(workspaceId).catch(() => undefined);
  }

  async function share(
    workspaceId: string,
    { port, sharing }: Pick<Port, 'port' | 'sharing'>,
  ): Promise<void> {
    const params = { handle: workspaceId, port };
    const changed = await api.call(portRoutes.share, { params, body: { sharing } });
    const list = byWorkspace.get(workspaceId);
    if (!list) return;
    const items = list.items.map((item) => (item.port === port ? changed : item));
    const app = list.app?.port === port ? { app: changed } : {};
    byWorkspace.set(workspaceId, { ...list, ...app, items });
  }

  function apply(event: LiveEvent): void {
    if (event.type === 'ports.changed') byWorkspace.set(event.workspaceId, event.ports);
  }

  return { byWorkspace, load, reload, share, apply };
});
