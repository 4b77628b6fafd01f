import { onScopeDispose, shallowRef, type Ref } from 'vue';

const TICK_MS = 15_000;

/** useNow is a clock for ages on the page; it ticks while its component lives. */
export function useNow(): Readonly<Ref<number>> {
  const nowMs = shallowRef(Date.now());
  const timer = setInterval(() => {
    nowMs.value = Date.now();
  }, TICK_MS);
  onScopeDispose(() => clearInterval(timer));
  return nowMs;
}
