import { mount } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { defineComponent, h, shallowRef } from 'vue';
import { useStickyScroll } from './use-sticky-scroll.ts';

const HEIGHT = 500;

/** A box with the sizes that a browser would give it; the end is at `contentHeight - HEIGHT`. */
function openBox() {
  let contentHeight = 2000;
  let top = 0;
  const element = document.createElement('div');
  Object.defineProperties(element, {
    scrollHeight: { get: () => contentHeight },
    clientHeight: { get: () => HEIGHT },
    scrollTop: {
      get: () => top,
      set: (value: number) => (top = Math.min(value, contentHeight - HEIGHT)),
    },
  });
  let sticky: ReturnType<typeof useStickyScroll> | undefined;
  mount(
    defineComponent(() => {
      sticky = useStickyScroll(shallowRef(element), shallowRef(element));
      return () => h('div');
    }),
  );
  if (!sticky) throw new Error('the component was not set up');
  return {
    sticky,
    grow: (by: number) => (contentHeight += by),
    scrollTo: (top: number) => {
      element.scrollTop = top;
      element.dispatchEvent(new Event('scroll'));
    },
    hand: () => element.dispatchEvent(new Event('wheel')),
    top: () => top,
  };
}

describe('a conversation', () => {
  it('stays at its end when it grows before the browser tells of the scrolling there', () => {
    const { sticky, grow, scrollTo, top } = openBox();

    sticky.scrollToEnd();
    grow(300);
    scrollTo(top());

    expect(sticky.isAtEnd.value).toBe(true);
  });

  it('leaves readers where they scrolled up to, until they are back at the end', () => {
    const { sticky, scrollTo } = openBox();
    sticky.scrollToEnd();

    scrollTo(900);
    expect(sticky.isAtEnd.value).toBe(false);
    scrollTo(1000);
    expect(sticky.isAtEnd.value).toBe(false);
    scrollTo(1450);
    expect(sticky.isAtEnd.value).toBe(true);
  });

  it('follows what grows again after it has shrunk below the box', () => {
    const { sticky, grow, scrollTo } = openBox();
    sticky.scrollToEnd();

    grow(-900);
    scrollTo(600);
    grow(800);
    scrollTo(500);
    expect(sticky.isAtEnd.value).toBe(true);
  });

  it('leaves those who scroll up while it grows', () => {
    const { sticky, grow, scrollTo, hand } = openBox();
    sticky.scrollToEnd();

    hand();
    grow(100);
    scrollTo(1200);
    expect(sticky.isAtEnd.value).toBe(false);
  });
});
