import type { Workspace } from '@spt-flow/shared/api/workspaces';
import { mayShareWorkspace } from '@spt-flow/shared/domain/sharing';
import { computed } from 'vue';
import { useAuthStore } from '../auth/auth-store.ts';

/** useMayShare is whether I decide who may open a workspace's ports. */
export function useMayShare(workspace: () => Workspace) {
  const auth = useAuthStore();
  return computed(() => {
    const { me } = auth;
    if (!me || !auth.canWrite) return false;
    const organizationId = me.organization.id;
    const { ownerId } = workspace();
    return mayShareWorkspace(
      { organizationId, ownerId },
      { organizationId, userId: me.id, role: me.role },
    );
  });
}
