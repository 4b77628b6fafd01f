import { ref, watch, type Ref } from 'vue';
import { useServices } from './services.ts';

/** useDraft keeps a text under a key across reloads and page changes; an empty text leaves nothing behind. */
export function useDraft(key: () => string): Ref<string> {
  const { storage } = useServices();
  const storageKey = () => `spt-flow.draft.${key()}`;
  const text = ref(storage.getItem(storageKey()) ?? '');
  watch(storageKey, (name) => {
    text.value = storage.getItem(name) ?? '';
  });
  watch(
    text,
    (value) => {
      if (value === '') storage.removeItem(storageKey());
      else storage.setItem(storageKey(), value);
    },
    { flush: 'sync' },
  );
  return text;
}
