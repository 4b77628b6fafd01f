import { conversationRoutes, type FoundMessage } from '@spt-flow/shared/api/conversations';
import { refDebounced } from '@vueuse/core';
import { shallowRef, watch, type Ref } from 'vue';
import { useServices } from '../lib/services.ts';

const SHORTEST_TERM = 2;
const DEBOUNCE_MS = 200;
const RESULTS = 8;

/** useMessageSearch looks through all conversations for what is being typed; the newest question wins. */
export function useMessageSearch(term: Readonly<Ref<string>>): Readonly<Ref<FoundMessage[]>> {
  const { api } = useServices();
  const found = shallowRef<FoundMessage[]>([]);
  const settled = refDebounced(term, DEBOUNCE_MS);

  watch(settled, async (text, _before, onCleanup) => {
    const own = new AbortController();
    onCleanup(() => own.abort());
    const words = text.trim();
    if (words.length < SHORTEST_TERM) {
      found.value = [];
      return;
    }
    const page = await api
      .call(conversationRoutes.search, { query: { words, limit: RESULTS } }, { signal: own.signal })
      // The palette still finds projects and actions.
      .catch(() => undefined);
    if (!own.signal.aborted) found.value = page?.items ?? [];
  });
  return found;
}
