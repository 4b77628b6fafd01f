import type { Project } from '@spt-flow/shared/api/projects';
import { computed, onScopeDispose, watch } from 'vue';
import type { MessageExtras } from '../../../lib/outbox-store.ts';
import { useChatStore } from './chat-store.ts';
import { isTurnRunning, queuedIds, tokensUsed } from './conversation.ts';

/** useChat opens the conversation of a project for as long as the component lives. */
export function useChat(project: () => Project) {
  const store = useChatStore();
  const conversation = computed(() => store.conversationOf(project().id));
  const messages = computed(() => conversation.value.messages);
  /** Written here, not yet in the conversation. */
  const waiting = computed(() => {
    const arrived = new Set(messages.value.map((message) => message.clientMessageId));
    return store.outbox.items.filter(
      (item) => item.target === project().id && !arrived.has(item.clientMessageId),
    );
  });
  const queued = computed(() => queuedIds(messages.value));
  const isRunning = computed(() => queued.value.size > 0 || isTurnRunning(messages.value));

  watch(
    () => project().id,
    (id, previous) => {
      if (previous !== undefined) store.close(previous);
      void store.open(project());
    },
    { immediate: true },
  );
  onScopeDispose(() => store.close(project().id));

  return {
    conversation,
    messages,
    waiting,
    queued,
    isRunning,
    tokens: computed(() => tokensUsed(messages.value)),
    send: (content: string, extras?: MessageExtras) =>
      store.outbox.add(project().id, content, extras),
    discard: store.outbox.remove,
    resend: store.outbox.retry,
    reload: () => store.open(project()),
    loadEarlier: () => store.loadEarlier(project().id),
    withdraw: (messageId: string) => store.withdraw(project().id, messageId),
    answerAnew: (messageId: string) => store.answerAnew(project().id, messageId),
    stop: () => store.stopTurn(project().id),
    undo: (changeSetId: string) => store.undo(project().id, changeSetId),
  };
}
