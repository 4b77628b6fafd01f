import type { Workspace } from '@spt-flow/shared/api/workspaces';
import { computed } from 'vue';
import { formatAge, formatBytes } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';

/** useAgent puts the state of a workspace's agent into words. */
export function useAgent(workspace: () => Workspace | null) {
  const now = useNow();
  const isOnline = computed(() => workspace()?.agent.online ?? false);
  const label = computed(() => {
    const agent = workspace()?.agent;
    if (!agent) return 'No machine';
    if (agent.online) return 'Connected';
    return agent.lastSeenAt === null ? 'Not connected yet' : 'Not connected';
  });
  const facts = computed(() => {
    const agent = workspace()?.agent;
    if (!agent) return [];
    const { online, lastSeenAt } = agent;
    return [
      ...(online || lastSeenAt === null ? [] : [`last seen ${formatAge(lastSeenAt, now.value)}`]),
      ...(agent.version === null ? [] : [`Version ${agent.version}`]),
      ...(agent.rssBytes === null ? [] : [`${formatBytes(agent.rssBytes)} memory`]),
    ];
  });
  return { isOnline, label, facts };
}
