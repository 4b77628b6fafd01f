import { onScopeDispose, shallowRef, watchEffect, type Ref } from 'vue';

/** Within this distance of the end a reader counts as being at the end. */
const NEAR_END_PX = 80;
const HANDS = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;

/** useStickyScroll keeps the end in view while content grows, unless the reader has scrolled up. */
export function useStickyScroll(
  scroller: Readonly<Ref<HTMLElement | null>>,
  content: Readonly<Ref<HTMLElement | null>>,
) {
  const isAtEnd = shallowRef(true);
  let lastTop = 0;
  let lastHeight = 0;
  /** Somebody scrolls, and not only the browser because content shrank. */
  let isByHand = false;

  function scrollToEnd(): void {
    isAtEnd.value = true;
    const element = scroller.value;
    if (!element) return;
    element.scrollTop = element.scrollHeight;
    lastTop = element.scrollTop;
    lastHeight = element.scrollHeight;
  }

  function onScroll(): void {
    const element = scroller.value;
    if (!element) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    // The browser tells late: what was the end may have grown meanwhile. Only going up is leaving it.
    if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) {
      isAtEnd.value = true;
      isByHand = false;
    } else if (scrollTop < lastTop && (isByHand || scrollHeight === lastHeight))
      isAtEnd.value = false;
    lastTop = scrollTop;
    lastHeight = scrollHeight;
  }

  function onHand(event: Event): void {
    // Of the pointer only the scroll bar counts, which belongs to the box itself.
    if (event.type !== 'pointerdown' || event.target === scroller.value) isByHand = true;
  }

  const observer = new ResizeObserver(() => {
    if (isAtEnd.value) scrollToEnd();
  });
  watchEffect((onCleanup) => {
    const box = scroller.value;
    const inner = content.value;
    if (!box || !inner) return;
    box.addEventListener('scroll', onScroll, { passive: true });
    for (const name of HANDS) box.addEventListener(name, onHand, { passive: true });
    observer.observe(inner);
    observer.observe(box);
    onCleanup(() => {
      box.removeEventListener('scroll', onScroll);
      for (const name of HANDS) box.removeEventListener(name, onHand);
      observer.disconnect();
    });
  });
  onScopeDispose(() => observer.disconnect());
  return { isAtEnd, scrollToEnd };
}
