import { computed } from 'vue';
import { useServices } from '../../lib/services.ts';
import { useLoaded } from '../../lib/use-loaded.ts';
import { useAuthStore } from '../auth/auth-store.ts';

/** useProjectRights says what may be offered in a project; until its rules are known, what the role permits. */
export function useProjectRights(projectId: () => string) {
  const { api } = useServices();
  const auth = useAuthStore();
  const { data: level } = useLoaded(projectId, async (handle, signal) => {
    if (!auth.canWrite || auth.me?.role === 'admin') return undefined;
    // Nobody waits for it, so it is none of what the chat loads first.
    const { projectAccessRoutes } = await import('@spt-flow/shared/api/project-access');
    return (await api.call(projectAccessRoutes.get, { params: { handle } }, { signal })).level;
  });
  return {
    mayUse: computed(() => auth.canWrite && level.value !== 'view'),
    mayManage: computed(
      () => auth.canWrite && (level.value === undefined || level.value === 'manage'),
    ),
  };
}
