import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { nextTick, ref } from 'vue';
import AppShell from '../src/app/AppShell.vue';
import { useAuthStore } from '../src/features/auth/auth-store.ts';
import { CURRENT_PROJECT } from '../src/features/projects/current-project.ts';
import { useProjectsStore } from '../src/features/projects/projects-store.ts';
import HistoryView from '../src/views/HistoryView.vue';
import NewProjectView from '../src/views/NewProjectView.vue';
import ProjectsView from '../src/views/ProjectsView.vue';
import ProjectView from '../src/views/ProjectView.vue';
import SettingsView from '../src/views/SettingsView.vue';
import { aMe, aProject, aReceipt, aTransition, aWorkspace, idOf } from './fixtures.ts';
import { ApiFailure, button, createWorld, type World } from './mount.ts';

const NOTHING = { items: [], nextCursor: null };

function changesOf({ requests }: World) {
  return requests.filter(({ method }) => method !== 'GET');
}

describe('projects page', () => {
  async function open(items: ReturnType<typeof aProject>[]) {
    const world = await createWorld({ 'GET /projects': () => ({ items, nextCursor: null }) });
    const wrapper = world.mount(ProjectsView);
    await world.run(() => useProjectsStore()).load();
    await nextTick();
    return { world, wrapper };
  }

  it('begins with the first app while there is no project', async () => {
    const { wrapper } = await open([]);

    await vi.waitFor(() => expect(wrapper.text()).toContain('What do you want to build?'));
  });

  it('shows a card with its live state', async () => {
    const { world, wrapper } = await open([aProject()]);
    expect(wrapper.get('article').text()).toContain('Online');

    world
      .run(() => useProjectsStore())
      .apply({
        type: 'workspace.changed',
        workspace: aWorkspace({ actualState: 'stopped', desiredState: 'stopped' }),
      });
    await nextTick();

    expect(wrapper.get('article').text()).toContain('Asleep');
  });

  it('finds by all words that are typed and says when nothing matches', async () => {
    const { wrapper } = await open([
      aProject(),
      aProject({ id: idOf(11), name: 'Opening hours', slug: 'opening-hours', description: null }),
    ]);

    await wrapper.get('input').setValue('café guestbook');
    expect(wrapper.findAll('article')).toHaveLength(1);
    await wrapper.get('input').setValue('nothing like this');

    expect(wrapper.text()).toContain('No project matches “nothing like this”.');
  });

  it('drops a project that was deleted elsewhere', async () => {
    const { world, wrapper } = await open([aProject()]);

    world.run(() => useProjectsStore()).apply({ type: 'project.deleted', projectId: idOf(10) });
    await nextTick();

    expect(wrapper.find('article').exists()).toBe(false);
  });
});

describe('new project page', () => {
  it('makes a project of the sentence, sends it as the first message, and opens the project', async () => {
    const project = aProject({ status: 'created' });
    const world = await createWorld({
      'POST /projects': () => ({ project, plan: { steps: [] } }),
      [`POST /projects/${project.id}/messages`]: ({ body }) => {
        const { content, clientMessageId } = body as { content: string; clientMessageId: string };
        return {
          id: idOf(101),
          role: 'user',
          content,
          clientMessageId,
          turnId: null,
          steps: [],
          choices: [],
          changeSetId: null,
          state: null,
          tokensUsed: 0,
          createdAt: project.createdAt,
        };
      },
    });
    const wrapper = world.mount(NewProjectView);

    await wrapper.get('textarea').setValue('A guestbook for my café');
    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(changesOf(world)).toMatchObject([
      {
        path: '/api/v1/projects',
        body: { name: 'Guestbook for my café', description: 'A guestbook for my café' },
      },
      {
        path: `/api/v1/projects/${project.id}/messages`,
        body: { content: 'A guestbook for my café' },
      },
    ]);
    expect(world.router.currentRoute.value.path).toBe('/p/guestbook');
  });

  it('says beforehand that no model is set up, and what an admin does about it', async () => {
    const AT = '2026-01-02T03:04:05.000Z';
    const next = 'Set ANTHROPIC_API_KEY to let the chat use Claude';
    const model = { name: 'model', state: 'off', since: AT, detail: 'Templates', next };
    const world = await createWorld({
      'GET /health': ({ query }) => ({
        ...{ version: '1', startedAt: AT, dashboards: [] },
        parts: query.get('part') === 'model' ? [model] : [],
      }),
    });
    const auth = world.run(() => useAuthStore());
    auth.me = aMe();
    const wrapper = world.mount(NewProjectView);
    await flushPromises();

    expect(wrapper.get('[role="status"]').text()).toContain(`${next}, and restart spt-flow`);
    auth.me = aMe({ role: 'developer' });
    await flushPromises();
    expect(wrapper.get('[role="status"]').text()).toContain('Ask an admin for one');
  });

  it('fills the field from an example', async () => {
    const wrapper = (await createWorld({})).mount(NewProjectView);

    await button(wrapper, 'A page with our opening hours').trigger('click');

    expect(wrapper.get('textarea').element.value).toBe('A page with our opening hours');
  });

  it('opens a repository and refuses what is no repository address', async () => {
    const world = await createWorld({
      'POST /projects': () => ({ project: aProject({ slug: 'spoon-knife' }), plan: { steps: [] } }),
    });
    const wrapper = world.mount(NewProjectView);
    await button(wrapper, 'or open a git repository').trigger('click');

    await wrapper.get('input').setValue('/etc/passwd');
    await wrapper.get('form').trigger('submit');
    expect(changesOf(world)).toEqual([]);
    await wrapper.get('input').setValue('https://example.com/octo/spoon-knife.git');
    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(changesOf(world)).toMatchObject([
      { body: { name: 'spoon-knife', repositoryUrl: 'https://example.com/octo/spoon-knife.git' } },
    ]);
  });

  it('keeps the sentence when the project cannot be made, and says what to do about it', async () => {
    const world = await createWorld({
      'POST /projects': () => {
        throw new ApiFailure(409, 'limit_reached', 'Stop "blog" first');
      },
    });
    const wrapper = world.mount(NewProjectView);

    await wrapper.get('textarea').setValue('A guestbook');
    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(wrapper.get('[role="alert"]').text()).toContain('Stop "blog" first');
    expect(button(wrapper, 'Show what runs').attributes('href')).toBe('/workspaces');
    expect(wrapper.get('textarea').element.value).toBe('A guestbook');
  });
});

describe('project page', () => {
  it('says that there is nothing for an unknown address', async () => {
    const world = await createWorld({}, '/p/unknown');
    const wrapper = world.mount(ProjectView);
    await flushPromises();

    await expect.poll(() => wrapper.text()).toContain('There is no project “unknown” here');
    expect(button(wrapper, 'New project').attributes('href')).toBe('/new');
  });
});

describe('history page', () => {
  it('puts changes and machine events on one time line and undoes a change', async () => {
    const world = await createWorld({
      [`GET /workspaces/${idOf(20)}/transitions`]: () => ({
        items: [
          aTransition({
            startedAt: '2026-01-01T00:00:00.000Z',
            finishedAt: null,
            state: 'running',
          }),
        ],
        nextCursor: null,
      }),
      [`GET /workspaces/${idOf(20)}/change-sets`]: () => ({
        items: [
          aReceipt(),
          aReceipt({ id: idOf(302), outcome: 'rejected', reason: 'A syntax error' }),
        ],
        nextCursor: null,
      }),
      [`GET /projects/${idOf(10)}/checkpoints`]: () => ({ items: [] }),
      [`POST /change-sets/${idOf(300)}/undo`]: () => aReceipt({ id: idOf(303) }),
    });
    const Host = {
      components: { HistoryView },
      template: '<HistoryView />',
      provide: { [CURRENT_PROJECT]: ref(aProject()) },
    };
    const wrapper = world.mount(Host);
    await flushPromises();
    expect(wrapper.findAll('h2').map((title) => title.text())).toEqual([
      'Checkpoints',
      'Make the title larger',
      'Make the title larger',
      'The machine is starting',
    ]);
    expect(wrapper.text()).toContain('A syntax error');

    await button(wrapper, 'Undo').trigger('click');
    await flushPromises();

    expect(world.requests.map((request) => request.path)).toContain(
      `/api/v1/change-sets/${idOf(300)}/undo`,
    );
  });
});

describe('settings page', () => {
  it('shows a created token once and lets go of it on request', async () => {
    const token = {
      id: idOf(60),
      name: 'My laptop',
      scope: 'write',
      createdAt: '2026-01-02T03:04:05.000Z',
      expiresAt: null,
      lastUsedAt: null,
    };
    const world = await createWorld({
      'GET /tokens': () => ({ items: [token] }),
      'POST /tokens': () => ({ ...token, token: 'spt_secret-value' }),
    });
    const wrapper = world.mount(SettingsView);
    await flushPromises();

    const tokens = wrapper.get('[aria-labelledby="tokens-title"]');
    await tokens.get('input').setValue('My laptop');
    await tokens.get('form').trigger('submit');
    await flushPromises();
    expect(wrapper.text()).toContain('spt_secret-value');
    expect(world.requests.find((request) => request.method === 'POST')?.body).toEqual({
      name: 'My laptop',
      scope: 'write',
      expiresInDays: 90,
    });
    await button(wrapper, 'I have copied it').trigger('click');

    expect(wrapper.text()).not.toContain('spt_secret-value');
  });

  it('says what a revoked token breaks before it revokes it', async () => {
    const token = {
      id: idOf(60),
      name: 'Old',
      scope: 'read',
      createdAt: '2026-01-02T03:04:05.000Z',
      expiresAt: null,
      lastUsedAt: null,
    };
    const world = await createWorld({
      'GET /tokens': () => ({ items: [token] }),
      [`DELETE /tokens/${idOf(60)}`]: () => ({}),
    });
    const wrapper = world.mount(SettingsView);
    await flushPromises();

    await button(wrapper, 'Revoke Old').trigger('click');
    expect(wrapper.text()).toContain('What uses it stops working.');
    await button(wrapper, 'Revoke').trigger('click');
    await flushPromises();

    expect(world.requests.some((request) => request.method === 'DELETE')).toBe(true);
  });
});

describe('shell', () => {
  const answers = {
    'GET /projects': () => NOTHING,
    'GET /workspaces': () => NOTHING,
    'GET /auth/me': () => aMe(),
  };
  const feed = `organization:${idOf(2)}`;

  it('loads the lists at once, again when it is live, and follows the organization', async () => {
    const world = await createWorld(answers);
    world.mount(AppShell);
    await flushPromises();
    expect(world.followers.get(feed)?.after).toBeNull();

    world.followers.get(feed)?.follower.onSubscribed?.();
    world.followers.get(feed)?.follower.onEvent({ type: 'project.changed', project: aProject() });
    await flushPromises();

    expect(world.requests.filter((request) => request.path === '/api/v1/projects')).toHaveLength(2);
  });

  it('shows a lost connection and that it is back', async () => {
    const world = await createWorld(answers);
    const wrapper = world.mount(AppShell);
    world.liveStatus.value = 'waiting';
    await nextTick();
    expect(wrapper.text()).toContain('Connection lost, trying again…');

    world.liveStatus.value = 'online';
    await nextTick();

    expect(wrapper.text()).toContain('Connected again');
    expect(wrapper.text()).not.toContain('Connection lost');
  });

  it('opens the palette with Ctrl K', async () => {
    const world = await createWorld(answers);
    world.mount(AppShell);

    dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }));

    await vi.waitFor(
      () =>
        expect(
          document.body.querySelector('[placeholder="Find a project, an action or a message"]'),
        ).not.toBeNull(),
      10_000,
    );
    await vi.waitFor(() =>
      expect(document.body.querySelector('[role="listbox"]')?.getAttribute('aria-label')).toBe(
        'Results',
      ),
    );
    // What nothing is called can be built, so that the list is never an empty one.
    const field = document.body.querySelector<HTMLInputElement>('[placeholder^="Find a project"]');
    if (!field) throw new Error('There is nothing to type into');
    field.value = 'a choir planner';
    field.dispatchEvent(new Event('input', { bubbles: true }));
    const options = () => [...document.body.querySelectorAll<HTMLElement>('[role="option"]')];
    await vi.waitFor(() =>
      expect(options().map(({ textContent }) => textContent.trim())).toEqual([
        'New project: a choir planner',
      ]),
    );
    options()[0]?.click();
    await vi.waitFor(() => expect(world.router.currentRoute.value.path).toBe('/new'));
  });

  it('says that spt-flow is not reached, and continues once it is', async () => {
    let isDown = true;
    const world = await createWorld({
      ...answers,
      'GET /auth/me': () => {
        if (isDown) throw new ApiFailure(503, 'database_unavailable');
        return aMe();
      },
    });
    const auth = world.run(() => useAuthStore());
    auth.me = undefined;
    const wrapper = world.mount(AppShell);
    await flushPromises();
    expect(wrapper.get('[role="alert"]').text()).toContain('The database does not answer');

    isDown = false;
    await wrapper.get('[role="alert"] button').trigger('click');
    await flushPromises();

    expect(auth.me).toEqual(aMe());
    expect(wrapper.find('[role="alert"]').exists()).toBe(false);
  });
});
