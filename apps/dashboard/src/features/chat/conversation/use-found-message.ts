import { watch } from 'vue';
import { useRoute } from 'vue-router';
import type { FoundMessageOptions } from './show-found-message.ts';

/** useFoundMessage brings the message that the address names into view. */
export function useFoundMessage(options: FoundMessageOptions): void {
  const route = useRoute();
  watch(
    [() => route.query['message'], () => options.conversation.value.phase],
    ([id, phase]) => {
      if (typeof id !== 'string' || phase !== 'ready') return;
      const { version } = route.query;
      void import('./show-found-message.ts')
        .then(({ showFoundMessage }) => showFoundMessage(options, id, version))
        // A page that can't be loaded leaves the reader where they are; "Show earlier messages" tells why.
        .catch(() => undefined);
    },
    { immediate: true },
  );
}
