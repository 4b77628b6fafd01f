import type { Message } from '@spt-flow/shared/api/conversations';
import { nextTick, type Ref } from 'vue';
import type { Conversation } from './chat-store.ts';

/** Pages to go back for a message that a search has found. */
const MAX_PAGES = 40;

export interface FoundMessageOptions {
  readonly messages: Readonly<Ref<readonly Message[]>>;
  readonly conversation: Readonly<Ref<Conversation>>;
  readonly loadEarlier: () => Promise<void>;
  /** Goes on with another version of a message, once the reader agrees to what is lost. */
  readonly showVersion: (messageId: string, onShown: () => Promise<void>) => Promise<unknown>;
  /** Of the reader; whoever is at the end is kept there. */
  readonly isAtEnd: Ref<boolean>;
}

/** showFoundMessage loads earlier messages until the one is there; one that stands in another version comes with it. */
export async function showFoundMessage(
  options: FoundMessageOptions,
  id: string,
  version: unknown,
): Promise<void> {
  const { messages, conversation, loadEarlier, showVersion, isAtEnd } = options;
  const isThere = (): boolean => messages.value.some((message) => message.id === id);
  for (let page = 0; page < MAX_PAGES && !isThere(); page++) {
    if (conversation.value.earlierCursor === null) break;
    await loadEarlier();
  }
  if (!isThere()) {
    if (typeof version === 'string')
      await showVersion(version, () => showFoundMessage(options, id, null));
    return;
  }
  await nextTick();
  isAtEnd.value = false;
  document.getElementById(`message-${id}`)?.scrollIntoView({ block: 'center' });
}
