import { onScopeDispose, shallowRef, watch } from 'vue';
import { problemOf, type Problem } from './problem.ts';

/**
 * useLoaded loads data for a key and again when the key changes or `reload` is called.
 * Data of the key before is dropped; data of the same key stays visible while it is loaded again.
 */
export function useLoaded<Key, Data>(
  key: () => Key,
  load: (key: Key, signal: AbortSignal) => Promise<Data>,
) {
  const data = shallowRef<Data>();
  const problem = shallowRef<Problem>();
  const isLoading = shallowRef(false);
  let current: AbortController | undefined;

  async function reload(): Promise<void> {
    current?.abort();
    const own = new AbortController();
    current = own;
    isLoading.value = true;
    try {
      const loaded = await load(key(), own.signal);
      if (own.signal.aborted) return;
      data.value = loaded;
      problem.value = undefined;
    } catch (error) {
      if (!own.signal.aborted) problem.value = problemOf(error);
    } finally {
      if (current === own) isLoading.value = false;
    }
  }

  watch(
    key,
    () => {
      data.value = undefined;
      problem.value = undefined;
      void reload();
    },
    { immediate: true },
  );
  onScopeDispose(() => current?.abort());
  return { data, problem, isLoading, reload };
}
