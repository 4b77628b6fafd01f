import { costRoutes, type Costs } from '@spt-flow/shared/api/costs';
import { lifecycleRoutes, type Lifecycle } from '@spt-flow/shared/api/lifecycle';
import type { Schedule } from '@spt-flow/shared/domain/schedule';
import { defineStore } from 'pinia';
import { shallowReactive, shallowRef } from 'vue';
import { useServices } from '../../lib/services.ts';

interface Policy {
  idleMinutes: number | null;
  schedule: Schedule | null;
}

/** useLifecycleStore holds why workspaces run or do not, and what they cost. */
export const useLifecycleStore = defineStore('lifecycle', () => {
  const { api } = useServices();
  const byWorkspace = shallowReactive(new Map<string, Lifecycle>());
  const costs = shallowRef<Costs | null>(null);

  async function load(workspaceId: string): Promise<Lifecycle> {
    return put(
      workspaceId,
      await api.call(lifecycleRoutes.get, { params: { handle: workspaceId } }),
    );
  }

  async function update(workspaceId: string, policy: Policy): Promise<void> {
    const params = { handle: workspaceId };
    put(workspaceId, await api.call(lifecycleRoutes.update, { params, body: policy }));
  }

  async function keepAlive(workspaceId: string, minutes: number): Promise<void> {
    const params = { handle: workspaceId };
    put(workspaceId, await api.call(lifecycleRoutes.keepAlive, { params, body: { minutes } }));
  }

  async function endKeepAlive(workspaceId: string): Promise<void> {
    const params = { handle: workspaceId };
    put(workspaceId, await api.call(lifecycleRoutes.endKeepAlive, { params }));
  }

  async function loadCosts(): Promise<void> {
    costs.value = (await api.call(costRoutes.get, {})).costs;
  }

  function put(workspaceId: string, lifecycle: Lifecycle): Lifecycle {
    byWorkspace.set(workspaceId, lifecycle);
    return lifecycle;
  }

  return { byWorkspace, costs, load, update, keepAlive, endKeepAlive, loadCosts };
});
