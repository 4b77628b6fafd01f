import { agentUpdateRoutes, type AgentRollout } from '@spt-flow/shared/api/agent-updates';
import { computed, onScopeDispose } from 'vue';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useLoaded } from '../../lib/use-loaded.ts';

const REFRESH_MS = 5_000;
const MOVING: readonly AgentRollout['state'][] = ['running'];

type Verb = 'pause' | 'resume' | 'rollBack';

/** useAgentVersions is which versions there are, how far the latest roll-out is, and what may be decided about it. */
export function useAgentVersions() {
  const { api } = useServices();
  const loaded = useLoaded(
    () => 'latest',
    async (_key, signal) => {
      const releases = await api.call(agentUpdateRoutes.releases, {}, { signal });
      const { items } = await api.call(agentUpdateRoutes.list, { query: { limit: 1 } }, { signal });
      const [rollout] = items;
      if (!rollout) return { releases, rollout: undefined, troubles: [] };
      const params = { id: rollout.id };
      const { items: servers } = await api.call(agentUpdateRoutes.members, { params }, { signal });
      const troubles = servers.filter(({ state }) => state === 'failed' || state === 'unable');
      return { releases, rollout, troubles };
    },
  );
  const rollout = computed(() => loaded.data.value?.rollout);
  const timer = setInterval(() => {
    if (rollout.value && MOVING.includes(rollout.value.state)) void loaded.reload();
  }, REFRESH_MS);
  onScopeDispose(() => clearInterval(timer));

  const starting = useAction(async (version: string) => {
    await api.call(agentUpdateRoutes.create, { body: { version } });
    await loaded.reload();
  });
  const deciding = useAction(async (verb: Verb, id: string) => {
    await api.call(agentUpdateRoutes[verb], { params: { id } });
    await loaded.reload();
  });
  return { ...loaded, rollout, starting, deciding };
}
