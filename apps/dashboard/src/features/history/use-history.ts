import { changeSetRoutes, type ChangeSet } from '@spt-flow/shared/api/change-sets';
import type { Project } from '@spt-flow/shared/api/projects';
import type { Transition } from '@spt-flow/shared/api/workspaces';
import { computed, watch } from 'vue';
import { loadPages } from '../../lib/load-pages.ts';
import { useServices } from '../../lib/services.ts';
import { useAction } from '../../lib/use-action.ts';
import { useLoaded } from '../../lib/use-loaded.ts';
import { useChatStore } from '../chat/conversation/chat-store.ts';
import { useWorkspacesStore } from '../workspaces/workspaces-store.ts';

const PAGE_SIZE = 100;
const RECEIPT_LIMIT = 500;

export type HistoryEntry =
  | {
      readonly kind: 'change';
      readonly id: string;
      readonly at: string;
      readonly receipt: ChangeSet;
    }
  | {
      readonly kind: 'machine';
      readonly id: string;
      readonly at: string;
      readonly transition: Transition;
    };

/** useHistory is one time line, newest first, of change sets and of what the machine did. */
export function useHistory(project: () => Project) {
  const { api } = useServices();
  const workspaces = useWorkspacesStore();
  const chat = useChatStore();
  const workspaceId = () => project().workspace?.id;

  const { data, problem, isLoading, reload } = useLoaded(workspaceId, async (id) => {
    if (id === undefined) return [];
    await workspaces.loadTransitions(id);
    return loadPages(
      (cursor) =>
        api.call(changeSetRoutes.list, {
          params: { handle: id },
          query: { limit: PAGE_SIZE, ...(cursor && { cursor }) },
        }),
      RECEIPT_LIMIT,
    );
  });

  const entries = computed<HistoryEntry[]>(() => {
    const transitions = workspaces.transitions.get(workspaceId() ?? '') ?? [];
    return [
      ...(data.value ?? []).map((receipt) => ({
        kind: 'change' as const,
        id: receipt.id,
        at: receipt.createdAt,
        receipt,
      })),
      ...transitions.map((transition) => ({
        kind: 'machine' as const,
        id: transition.id,
        at: transition.startedAt,
        transition,
      })),
    ].sort((a, b) => b.at.localeCompare(a.at));
  });

  const undoing = useAction(async (changeSetId: string) => {
    await chat.undo(project().id, changeSetId);
    await reload();
  });
  watch(
    () => chat.conversationOf(project().id).revision,
    () => void reload(),
  );

  return {
    entries,
    problem: computed(() => undoing.problem.value ?? problem.value),
    isLoading,
    reload,
    undoing,
  };
}
