import { flushPromises, type VueWrapper } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { ref } from 'vue';
import { useAuthStore } from '../src/features/auth/auth-store.ts';
import { CURRENT_PROJECT } from '../src/features/projects/current-project.ts';
import { useProjectsStore } from '../src/features/projects/projects-store.ts';
import ProjectSettingsView from '../src/views/ProjectSettingsView.vue';
import WorkspaceView from '../src/views/WorkspaceView.vue';
import { aMe, aProject, aWorkspace, idOf } from './fixtures.ts';
import { createWorld } from './mount.ts';

const project = aProject();
const PROJECT = `/projects/${idOf(10)}`;

async function openSettings(role: 'admin' | 'readonly' = 'admin') {
  const world = await createWorld(
    {
      [`PATCH ${PROJECT}`]: ({ body }) => ({ ...project, ...(body as object) }),
      [`DELETE ${PROJECT}`]: () => ({ ...project, status: 'archived' }),
      'GET /projects': () => ({ items: [project], nextCursor: null }),
    },
    '/p/guestbook/settings',
  );
  world.run(() => useAuthStore()).me = aMe({ role });
  await world.run(() => useProjectsStore()).load();
  const wrapper = world.mount({
    components: { ProjectSettingsView },
    template: '<ProjectSettingsView />',
    provide: { [CURRENT_PROJECT]: ref(project) },
  });
  await flushPromises();
  return { world, wrapper };
}

async function press(wrapper: VueWrapper, label: string): Promise<void> {
  const button = wrapper.findAll('button').find((candidate) => candidate.text() === label);
  if (!button) throw new Error(`No button "${label}"`);
  await button.trigger('click');
}

async function confirm(wrapper: VueWrapper, name: string): Promise<void> {
  const zone = wrapper.get('[data-testid="danger-zone"]');
  await zone.get('input').setValue(name);
  await zone.get('form').trigger('submit');
  await flushPromises();
}

describe('project settings', () => {
  it('renames the project and says that it is saved', async () => {
    const { world, wrapper } = await openSettings();

    await wrapper.get('form input').setValue(' Wall of words ');
    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(world.requests.at(-1)).toMatchObject({
      method: 'PATCH',
      body: { name: 'Wall of words', description: project.description },
    });
  });

  it('deletes only after the name was typed, and leaves the page', async () => {
    const { world, wrapper } = await openSettings();
    await press(wrapper, 'Delete project…');
    expect(wrapper.text()).toContain('the conversation and the history of changes');

    await confirm(wrapper, 'Guest');
    expect(world.requests.some(({ method }) => method === 'DELETE')).toBe(false);
    await confirm(wrapper, 'Guestbook');

    expect(world.requests.at(-1)).toMatchObject({
      method: 'DELETE',
      body: { confirmName: 'Guestbook' },
    });
    expect(world.router.currentRoute.value.path).toBe('/');
    expect(world.run(() => useProjectsStore()).list).toEqual([]);
  });

  it('keeps everything when asked to', async () => {
    const { wrapper } = await openSettings();
    await press(wrapper, 'Delete project…');

    await press(wrapper, 'Keep it');

    expect(wrapper.find('[data-testid="danger-zone"] form').exists()).toBe(false);
  });

  it('offers a reader neither saving nor deleting', async () => {
    const { wrapper } = await openSettings('readonly');

    expect(wrapper.text()).not.toContain('Save');
    expect(wrapper.find('[data-testid="danger-zone"]').exists()).toBe(false);
  });
});

describe('deletion of a workspace', () => {
  it('says what is lost and that the code stays, then deletes', async () => {
    const workspace = aWorkspace();
    const world = await createWorld(
      {
        'GET /workspaces/guestbook': () => workspace,
        [`GET /workspaces/${idOf(20)}/transitions`]: () => ({ items: [], nextCursor: null }),
        [`DELETE /workspaces/${idOf(20)}`]: () =>
          aWorkspace({ actualState: 'deleted', desiredState: 'deleted' }),
      },
      '/workspaces/guestbook',
    );
    world.router.addRoute({ path: '/workspaces/:name', component: WorkspaceView });
    await world.router.replace('/workspaces/guestbook?again');
    const wrapper = world.mount(WorkspaceView);
    await flushPromises();
    await press(wrapper, 'Delete workspace…');
    expect(wrapper.text()).toContain('files that are not committed');

    await confirm(wrapper, 'guestbook');

    expect(world.requests.at(-1)?.method).toBe('DELETE');
  });
});
