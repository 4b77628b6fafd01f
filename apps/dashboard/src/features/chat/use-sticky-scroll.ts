import { onScopeDispose, shallowRef, watchEffect, type Ref } from 'vue';

/** Within this distance of the end a reader counts as being at the end. */
const NEAR_END_PX = 80;

/** useStickyScroll keeps the end in view while content grows, unless the reader has scrolled up. */
export function useStickyScroll(
  scroller: Readonly<Ref<HTMLElement | null>>,
  content: Readonly<Ref<HTMLElement | null>>,
) {
  const isAtEnd = shallowRef(true);
  let lastTop = 0;

  function scrollToEnd(): void {
    isAtEnd.value = true;
    const element = scroller.value;
    if (!element) return;
    element.scrollTop = element.scrollHeight;
    lastTop = element.scrollTop;
  }

  function onScroll(): void {
    const element = scroller.value;
    if (!element) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    // The browser tells late: what was the end may have grown meanwhile. Only going up is leaving it.
    if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) isAtEnd.value = true;
    else if (scrollTop < lastTop) isAtEnd.value = false;
    lastTop = scrollTop;
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
