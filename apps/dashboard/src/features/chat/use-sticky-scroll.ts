import { onScopeDispose, shallowRef, watchEffect, type Ref } from 'vue';

/** Within this distance of the end a reader counts as being at the end. */
const NEAR_END_PX = 80;

/** useStickyScroll keeps the end in view while content grows, unless the reader has scrolled up. */
export function useStickyScroll(
  scroller: Readonly<Ref<HTMLElement | null>>,
  content: Readonly<Ref<HTMLElement | null>>,
) {
  const isAtEnd = shallowRef(true);

  function scrollToEnd(): void {
    isAtEnd.value = true;
    const element = scroller.value;
    if (element) element.scrollTop = element.scrollHeight;
  }

  function onScroll(): void {
    const element = scroller.value;
    if (element)
      isAtEnd.value = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
  }

  const observer = new ResizeObserver(() => {
    if (isAtEnd.value) scrollToEnd();
  });
  watchEffect((onCleanup) => {
    const box = scroller.value;
    const inner = content.value;
    if (!box || !inner) return;
    box.addEventListener('scroll', onScroll, { passive: true });
    observer.observe(inner);
    observer.observe(box);
    onCleanup(() => {
      box.removeEventListener('scroll', onScroll);
      observer.disconnect();
    });
  });
  onScopeDispose(() => observer.disconnect());
  return { isAtEnd, scrollToEnd };
}
