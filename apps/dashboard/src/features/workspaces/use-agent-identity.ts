import { agentRoutes } from '@spt-flow/shared/api/agents';
import type { Workspace } from '@spt-flow/shared/api/workspaces';
import { permits, scopeOfRole } from '@spt-flow/shared/domain/roles';
import { computed, shallowRef } from 'vue';
import { isProblemCode } from '../../lib/problem.ts';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useLoaded } from '../../lib/use-loaded.ts';
import { useAuthStore } from '../auth/auth-store.ts';

/** useAgentIdentity knows the identity of a workspace's agent, null before one has joined, and what may be done about it. */
export function useAgentIdentity(workspace: () => Workspace) {
  const { api } = useServices();
  const auth = useAuthStore();
  const isRevoked = shallowRef(false);
  const params = () => ({ handle: workspace().id });
  const loaded = useLoaded(keyOf, load);
  const canDecide = computed(() => {
    const { me } = auth;
    return me != null && permits(scopeOfRole(me.role), 'admin');
  });

  /** What was loaded is outdated when the agent comes, goes, or gets a rival. */
  function keyOf(): string {
    const { id, agent } = workspace();
    return `${id} ${agent.online} ${agent.quarantined}`;
  }

  async function load() {
    try {
      return await api.call(agentRoutes.get, { params: params() });
    } catch (error) {
      if (isProblemCode(error, 'not_found')) return null;
      throw error;
    }
  }

  const acting = useAction(async (act: 'rotate' | 'release' | 'dismiss') => {
    loaded.data.value =
      act === 'rotate'
        ? await api.call(agentRoutes.rotateKey, { params: params() })
        : await api.call(agentRoutes.decide, { params: params(), body: { decision: act } });
  });
  const revoking = useAction(async () => {
    await api.call(agentRoutes.revoke, { body: { kind: 'workspace', id: workspace().id } });
    isRevoked.value = true;
  });

  return { loaded, acting, revoking, isRevoked, canDecide };
}
