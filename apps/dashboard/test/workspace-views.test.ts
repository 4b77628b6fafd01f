import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import WorkspacesView from '../src/views/WorkspacesView.vue';
import WorkspaceView from '../src/views/WorkspaceView.vue';
import { aTransition, aWorkspace, idOf } from './fixtures.ts';
import { button, createWorld } from './mount.ts';

describe('workspaces page', () => {
  it('lists state, owner and memory, and stops a machine', async () => {
    const world = await createWorld({
      'GET /workspaces': () => ({
        items: [aWorkspace(), aWorkspace({ id: idOf(21), name: 'gone', actualState: 'deleted' })],
        nextCursor: null,
      }),
      [`POST /workspaces/${idOf(20)}/stop`]: () => aWorkspace({ desiredState: 'stopped' }),
    });
    const { useWorkspacesStore } = await import('../src/features/workspaces/workspaces-store.ts');
    await world.run(() => useWorkspacesStore()).load();
    const wrapper = world.mount(WorkspacesView);
    expect(wrapper.findAll('tbody tr')).toHaveLength(1);
    expect(wrapper.get('tbody').text()).toContain('37.0 MiB');

    await button(wrapper, 'Stop guestbook').trigger('click');
    await flushPromises();

    expect(wrapper.get('tbody').text()).toContain('Stopping');
  });
});

describe('workspace page', () => {
  it('shows commands that work as pasted and the steps of the last start', async () => {
    const world = await createWorld(
      {
        'GET /workspaces/guestbook': () =>
          aWorkspace({ warnings: ['This machine is not isolated'] }),
        [`GET /workspaces/${idOf(20)}/transitions`]: () => ({
          items: [aTransition()],
          nextCursor: null,
        }),
      },
      '/workspaces/guestbook',
    );
    world.router.addRoute({ path: '/workspaces/:name', component: WorkspaceView });
    await world.router.replace('/workspaces/guestbook?again');
    const wrapper = world.mount(WorkspaceView);
    await flushPromises();

    expect(wrapper.text()).toContain('spt-flow ssh guestbook');
    expect(wrapper.text()).toContain('Starting the agent');
    expect(wrapper.text()).toContain('The machine started in 1.2 s');
    expect(wrapper.text()).toContain('This machine is not isolated');
    expect(wrapper.text()).toContain('Connected');
  });
});
