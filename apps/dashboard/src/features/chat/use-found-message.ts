import type { Message } from '@spt-flow/shared/api/conversations';
import { nextTick, watch, type Ref } from 'vue';
import { useRoute } from 'vue-router';
import type { Conversation } from './chat-store.ts';

/** Pages to go back for a message that a search has found. */
const MAX_PAGES = 40;

export interface FoundMessageOptions {
  readonly messages: Readonly<Ref<readonly Message[]>>;
  readonly conversation: Readonly<Ref<Conversation>>;
  readonly loadEarlier: () => Promise<void>;
  /** Of the reader; whoever is at the end is kept there. */
  readonly isAtEnd: Ref<boolean>;
}

/** useFoundMessage brings the message that the address names into view, and loads earlier ones until it is there. */
export function useFoundMessage(options: FoundMessageOptions): void {
  const { messages, conversation, loadEarlier, isAtEnd } = options;
  const route = useRoute();

  async function show(id: string): Promise<void> {
    const isThere = (): boolean => messages.value.some((message) => message.id === id);
    for (let page = 0; page < MAX_PAGES && !isThere(); page++) {
      if (conversation.value.earlierCursor === null) return;
      await loadEarlier();
    }
    await nextTick();
    isAtEnd.value = false;
    document.querySelector(`#message-${CSS.escape(id)}`)?.scrollIntoView({ block: 'center' });
  }

  watch(
    [() => route.query['message'], () => conversation.value.phase],
    ([id, phase]) => {
      // A page that can't be loaded leaves the reader where they are; "Show earlier messages" tells why.
      if (typeof id === 'string' && phase === 'ready') void show(id).catch(() => undefined);
    },
    { immediate: true },
  );
}
