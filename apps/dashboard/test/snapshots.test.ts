import { flushPromises, type VueWrapper } from '@vue/test-utils';
import type { Snapshot } from '@spt-flow/shared/api/snapshots';
import { describe, expect, it } from 'vitest';
import { useAuthStore } from '../src/features/auth/auth-store.ts';
import PlaceField from '../src/features/new-workspace/PlaceField.vue';
import SnapshotsPanel from '../src/features/snapshots/SnapshotsPanel.vue';
import { aMe, aPreview, aWorkspace, IN_CLUSTER, idOf, ON_MACHINE, ON_RACK } from './fixtures.ts';
import { createWorld } from './mount.ts';

const LIST = `/workspaces/${idOf(20)}/snapshots`;
const SNAPSHOT: Snapshot = {
  ...{
    id: idOf(70),
    name: 'before the upgrade',
    workspaceId: idOf(20),
    workspaceName: 'guestbook',
  },
  ...{ ownerId: idOf(1), kind: 'manual', storage: 's3', sizeBytes: 2048, unpackedBytes: 4096 },
  ...{ createdAt: '2026-01-02T03:04:05.000Z', expiresAt: null },
};

async function openPanel(answers: Parameters<typeof createWorld>[0] = {}, me = aMe()) {
  const kept = { items: [SNAPSHOT], limit: 3 };
  const world = await createWorld(
    { [`GET ${LIST}`]: () => kept, ...answers },
    '/workspaces/guestbook',
  );
  world.run(() => useAuthStore()).me = me;
  const wrapper = world.mount({
    components: { SnapshotsPanel },
    data: () => ({ workspace: aWorkspace() }),
    template: '<SnapshotsPanel :workspace="workspace" />',
  });
  await flushPromises();
  return { world, wrapper };
}

async function press(wrapper: VueWrapper, label: string): Promise<void> {
  const found = wrapper
    .findAll('button')
    .find((one) => one.attributes('aria-label') === label || one.text() === label);
  if (!found) throw new Error(`There is no button "${label}"`);
  await found.trigger('click');
  await flushPromises();
}

describe('snapshots of a workspace', () => {
  it('are listed with their sizes, made and downloaded', async () => {
    const { world, wrapper } = await openPanel({ [`POST ${LIST}`]: () => SNAPSHOT });

    expect(wrapper.text()).toMatch(/before the upgrade.*2\.0 KiB.*1 snapshot of 3 at most/s);
    expect(wrapper.get('a[download]').attributes('href')).toBe(
      `/api/v1/snapshots/${idOf(70)}/file`,
    );
    await wrapper.get('input').setValue(' mine ');
    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(world.requests.slice(-2).map(({ method, body }) => [method, body])).toEqual([
      ['POST', { name: 'mine' }],
      ['GET', undefined],
    ]);
  });

  it('are restored after it was said what will be lost', async () => {
    const { world, wrapper } = await openPanel({
      [`POST /workspaces/${idOf(20)}/restore`]: () => aWorkspace(),
    });

    await press(wrapper, 'Restore before the upgrade');
    expect(wrapper.get('[role="alertdialog"]').text()).toMatch(/These will be lost:.*every file/s);
    expect(world.requests.some(({ method }) => method === 'POST')).toBe(false);
    await press(wrapper, 'Keep the files');
    expect(wrapper.find('[role="alertdialog"]').exists()).toBe(false);
    await press(wrapper, 'Restore before the upgrade');
    await wrapper.get('[role="alertdialog"]').trigger('submit');
    await flushPromises();

    expect(world.requests.at(-1)).toMatchObject({ body: { snapshotId: idOf(70) } });
    expect(wrapper.find('[role="alertdialog"]').exists()).toBe(false);
  });

  it.each([
    ['where the other one is, unless there is a choice', [ON_MACHINE, ON_RACK], { name: 'twin' }],
    [
      'where somebody wants it',
      [ON_MACHINE, IN_CLUSTER, ON_RACK],
      { name: 'twin', provider: 'kubernetes' },
    ],
  ])('become a workspace %s', async (_where, places, body) => {
    const { world, wrapper } = await openPanel({
      'POST /workspaces/preview': () => aPreview({ places }),
      [`POST /snapshots/${idOf(70)}/clone`]: () => aWorkspace({ name: 'twin' }),
    });

    await press(wrapper, 'Make a new workspace of before the upgrade');
    const form = wrapper.findAll('form')[0];
    await form?.get('input').setValue(' twin ');
    const chooser = wrapper.findComponent(PlaceField);
    expect(chooser.exists()).toBe('provider' in body);
    if (chooser.exists()) chooser.vm.$emit('update:modelValue', IN_CLUSTER);
    await form?.trigger('submit');
    await flushPromises();

    expect(world.requests.find(({ path }) => path.endsWith('/clone'))).toMatchObject({ body });
    expect(world.router.currentRoute.value.path).toBe('/workspaces/twin');
  });

  it('are only looked at by others than their owner and admins', async () => {
    const { wrapper } = await openPanel({}, aMe({ id: idOf(9), role: 'developer' }));

    expect(wrapper.text()).toContain('before the upgrade');
    expect(wrapper.findAll('button')).toEqual([]);
  });
});
