import type { Port } from '@spt-flow/shared/api/ports';
import { flushPromises, type VueWrapper } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { aMe, aWorkspace, idOf } from '../../../test/fixtures.ts';
import { ApiFailure, createWorld } from '../../../test/mount.ts';
import { useAuthStore } from '../auth/auth-store.ts';
import PortList from './PortList.vue';
import { usePortsStore } from './ports-store.ts';

function aPort(change: Partial<Port> = {}): Port {
  return {
    port: 3000,
    process: { name: 'node server.js', pid: 7 },
    isApp: false,
    sharing: 'private',
    url: 'http://3000--guestbook.preview.localhost:8080',
    ...change,
  };
}

async function open(items: Port[], options: { isSupported?: boolean; ownerId?: string } = {}) {
  const { isSupported = true, ownerId = idOf(1) } = options;
  const world = await createWorld({
    [`GET /workspaces/${idOf(20)}/ports`]: () => ({ isSupported, items }),
    [`PUT /workspaces/${idOf(20)}/ports/3000`]: ({ body }) => {
      if (JSON.stringify(body).includes('public')) throw new ApiFailure(403, 'not_permitted');
      return aPort(body as Partial<Port>);
    },
  });
  const store = world.run(() => usePortsStore());
  const show = () => world.mount(PortList, { props: { workspace: aWorkspace({ ownerId }) } });
  return { world, store, show };
}

async function choose(wrapper: VueWrapper, label: string): Promise<void> {
  await wrapper.get('[aria-label="Who may open port 3000"]').trigger('click');
  await flushPromises();
  const item = [...document.querySelectorAll<HTMLElement>('[role="option"]')].find(
    (option) => option.textContent?.trim() === label,
  );
  item?.dispatchEvent(new PointerEvent('pointerup', { bubbles: true }));
  await flushPromises();
}

describe('PortList', () => {
  it('shows what listens, and where it can be opened', async () => {
    const { show } = await open([aPort(), aPort({ port: 5432, process: null })]);
    const wrapper = show();
    await flushPromises();

    expect(wrapper.text()).toContain('node server.js');
    expect(wrapper.text()).toContain('Nothing listens at the moment');
    expect(wrapper.get('[aria-label="Open port 3000"]').attributes('href')).toBe(aPort().url);
  });

  it('follows what changes', async () => {
    const { store, show } = await open([]);
    const wrapper = show();
    await flushPromises();
    expect(wrapper.text()).toContain('appears within a second');

    store.apply({
      type: 'ports.changed',
      workspaceId: idOf(20),
      ports: { isSupported: true, items: [aPort()] },
    });
    await flushPromises();

    expect(wrapper.text()).toContain('node server.js');
  });

  it('lets its owner say who may open a port, and tells when that fails', async () => {
    const { world, show } = await open([aPort()]);
    const wrapper = show();
    await flushPromises();

    await choose(wrapper, 'Your organization');

    expect(world.requests.at(-1)).toMatchObject({ body: { sharing: 'organization' } });
    expect(wrapper.get('[aria-label="Who may open port 3000"]').text()).toBe('Your organization');
    await choose(wrapper, 'Everybody');
    expect(wrapper.find('[role="alert"]').exists()).toBe(true);
    expect(wrapper.get('[aria-label="Who may open port 3000"]').text()).toBe('Your organization');
  });

  it('shows others only how it is shared', async () => {
    const { world, show } = await open([aPort({ sharing: 'public' })], { ownerId: idOf(9) });
    world.run(() => useAuthStore()).me = aMe({ role: 'developer' });
    const wrapper = show();
    await flushPromises();

    expect(wrapper.text()).toContain('Everybody');
    expect(wrapper.find('[aria-label^="Who may open"]').exists()).toBe(false);
  });

  it('says how to reach a port where nobody tells which are open', async () => {
    const { show } = await open([], { isSupported: false });
    const wrapper = show();
    await flushPromises();

    expect(wrapper.text()).toContain('spt-flow port-forward guestbook -L 3000');
  });
});
