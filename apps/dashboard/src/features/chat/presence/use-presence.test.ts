import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defineComponent, h } from 'vue';
import { idOf } from '../../../../test/fixtures.ts';
import { createWorld, type World } from '../../../../test/mount.ts';
import PresenceLine from './PresenceLine.vue';
import { usePresence } from './use-presence.ts';

const PATH = `/projects/${idOf(10)}/presence`;
const ME = idOf(1);
const GRACE = idOf(2);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function open() {
  const world = await createWorld({ [`POST ${PATH}`]: () => ({}) });
  let onTyping = (): void => undefined;
  const Page = defineComponent(() => {
    const presence = usePresence(
      () => idOf(10),
      () => ME,
    );
    onTyping = presence.onTyping;
    return () => h(PresenceLine, { people: presence.people.value });
  });
  const wrapper = world.mount(Page);
  const follower = world.followers.get(`presence:${idOf(10)}`)?.follower;
  follower?.onSubscribed?.();
  return {
    world,
    wrapper,
    type: () => onTyping(),
    hear: async (userId: string, activity: 'here' | 'typing' | 'away') => {
      follower?.onEvent({ type: 'presence', userId, userName: 'Grace', activity });
      await flushPromises();
    },
  };
}

function told(world: World): unknown[] {
  return world.requests.map(({ body }) => (body as { activity: string }).activity);
}

describe('presence', () => {
  it('tells that one came, and then nothing to an empty room', async () => {
    const { world, type } = await open();

    type();
    await vi.advanceTimersByTimeAsync(120_000);

    expect(told(world)).toEqual(['here']);
  });

  it('answers who comes, shows them and their typing, and lets them go', async () => {
    const { world, wrapper, hear } = await open();

    await hear(GRACE, 'here');
    expect(told(world)).toEqual(['here', 'here']);
    expect(wrapper.text()).toBe('Grace is here too');
    await hear(GRACE, 'typing');
    expect(wrapper.text()).toBe('Grace is typing…');
    await vi.advanceTimersByTimeAsync(8_000);
    expect(wrapper.text()).toBe('Grace is here too');
    await hear(GRACE, 'away');

    expect(wrapper.text()).toBe('');
  });

  it('forgets who was not heard of for a minute', async () => {
    const { wrapper, hear } = await open();
    await hear(GRACE, 'here');

    await vi.advanceTimersByTimeAsync(70_000);

    expect(wrapper.text()).toBe('');
  });

  it('tells typing now and then, and leaving at once', async () => {
    const { world, wrapper, hear, type } = await open();
    await hear(GRACE, 'here');

    for (let key = 0; key < 10; key++) type();
    await vi.advanceTimersByTimeAsync(3_100);
    type();
    wrapper.unmount();

    expect(told(world).slice(2)).toEqual(['typing', 'typing', 'away']);
  });

  it('does not show oneself', async () => {
    const { wrapper, hear } = await open();

    await hear(ME, 'typing');

    expect(wrapper.text()).toBe('');
  });
});
