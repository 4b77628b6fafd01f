import type { LiveEvent } from '@spt-flow/shared/api/live';
import { onScopeDispose, watch } from 'vue';
import { useAuthStore } from '../features/auth/auth-store.ts';
import { useChatStore } from '../features/chat/conversation/chat-store.ts';
import { usePortsStore } from '../features/ports/ports-store.ts';
import { useProjectsStore } from '../features/projects/projects-store.ts';
import { useWorkspacesStore } from '../features/workspaces/workspaces-store.ts';
import { useServices } from '../lib/services.ts';

/** useOrganizationFeed keeps lists current while somebody is signed in: load at once, again when live, then by event. */
export function useOrganizationFeed(): void {
  const { live } = useServices();
  const auth = useAuthStore();
  const projects = useProjectsStore();
  const workspaces = useWorkspacesStore();
  const ports = usePortsStore();
  const chat = useChatStore();
  let unfollow = (): void => undefined;

  function reload(): void {
    void projects.load();
    void workspaces.load();
    ports.reload();
  }

  function onEvent(event: LiveEvent): void {
    projects.apply(event);
    workspaces.apply(event);
    ports.apply(event);
  }

  function follow(organizationId: string): void {
    unfollow = live.follow(`organization:${organizationId}`, null, {
      onEvent,
      onSubscribed: reload,
      onReset: () => follow(organizationId),
    });
  }

  watch(
    () => auth.me?.organization.id,
    (organizationId) => {
      unfollow();
      if (organizationId === undefined) return;
      reload();
      follow(organizationId);
      live.start();
      void chat.outbox.flush();
    },
    { immediate: true },
  );

  const stopWatching = live.onStatus((status, failures) => {
    if (status === 'online') void chat.outbox.flush();
    // A refused upgrade looks like a lost connection; asking who we are tells them apart.
    if (status === 'waiting' && failures % 3 === 0) void auth.load().catch(() => undefined);
  });
  onScopeDispose(() => {
    stopWatching();
    unfollow();
  });
}
