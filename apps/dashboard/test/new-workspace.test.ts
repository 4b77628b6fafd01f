import { flushPromises, type VueWrapper } from '@vue/test-utils';
import { TemplateShapeSchema } from '@spt-flow/shared/domain/template-shape';
import { describe, expect, it, vi } from 'vitest';
import PlaceField from '../src/features/new-workspace/PlaceField.vue';
import NewWorkspaceView from '../src/views/NewWorkspaceView.vue';
import { useWorkspacesStore } from '../src/features/workspaces/workspaces-store.ts';
import {
  aPreview,
  aProject,
  aTemplate,
  aWorkspace,
  idOf,
  ON_MACHINE,
  ON_RACK,
} from './fixtures.ts';
import { createWorld, type World } from './mount.ts';

const AT = '2026-01-02T03:04:05.000Z';
const definition = TemplateShapeSchema.parse({
  ...{ name: 'go', displayName: 'Go' },
  parameters: [
    { name: 'release', type: 'number', min: 20, max: 26, default: 24 },
    { name: 'team', type: 'string', displayName: 'Team' },
    { name: 'tests', type: 'bool', default: true },
  ],
  presets: [{ name: 'old', values: { release: 20 } }],
});

async function open(
  at = '/new/workspace?template=go',
  preview: (isStopped: boolean) => unknown = () => aPreview(),
) {
  let isStopped = false;
  const version = { number: 1, message: '', source: { kind: 'files' }, createdByName: null };
  const active = { ...version, createdAt: AT, archivedAt: null, definition, readme: '' };
  const stopped = aWorkspace({ desiredState: 'stopped' });
  const world = await createWorld(
    {
      'GET /templates': () => ({ items: [aTemplate()], nextCursor: null }),
      'GET /templates/go': () => ({ template: aTemplate(), active }),
      'GET /templates/go/versions': () => ({ items: [active], nextCursor: null }),
      'POST /workspaces/preview': () => preview(isStopped),
      'POST /projects': () => ({ project: aProject({ slug: 'shop' }), plan: { steps: [] } }),
      'GET /workspaces': () => ({ items: [aWorkspace()], nextCursor: null }),
      [`POST /workspaces/${idOf(20)}/stop`]: () => {
        isStopped = true;
        return stopped;
      },
    },
    at,
  );
  await world.run(() => useWorkspacesStore()).load();
  const wrapper = world.mount(NewWorkspaceView);
  await flushPromises();
  return { world, wrapper };
}

function field(wrapper: VueWrapper, parameter: string) {
  return wrapper.get(`[data-parameter="${parameter}"]`);
}

function created(world: World) {
  return world.requests.find(({ method, path }) => method === 'POST' && path.endsWith('/projects'))
    ?.body;
}

describe('the page for a new workspace', () => {
  it('refuses a wrong parameter as it is typed, and creates with the right one', async () => {
    const { world, wrapper } = await open();
    await field(wrapper, 'release').get('input').setValue('19');
    expect(field(wrapper, 'release').text()).toContain('must be at least 20');
    expect(field(wrapper, 'release').get('input').attributes('aria-invalid')).toBe('true');

    await wrapper.get('form').trigger('submit');
    expect(field(wrapper, 'team').text()).toContain('has to be given');
    expect(created(world)).toBeUndefined();

    await field(wrapper, 'release').get('input').setValue('22');
    await field(wrapper, 'team').get('input').setValue('blue');
    await field(wrapper, 'tests').get('[role="checkbox"]').trigger('click');
    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(created(world)).toEqual({
      name: 'go',
      template: { name: 'go', values: { release: 22, team: 'blue', tests: false } },
    });
    expect(world.router.currentRoute.value.path).toBe('/workspaces/guestbook');
  });

  it('asks the server again about what was entered, and shows costs and quota', async () => {
    const { world, wrapper } = await open();
    expect(wrapper.get('[data-testid="cost"]').text()).toMatch(/€0\.05 an hour,\s+€36\.50 a month/);
    expect(wrapper.text()).toContain('1 of 3');

    await field(wrapper, 'team').get('input').setValue('red');

    await vi.waitFor(() =>
      expect(world.requests.findLast(({ path }) => path.endsWith('/preview'))?.body).toEqual({
        name: 'go',
        template: { name: 'go', values: { team: 'red' } },
      }),
    );
  });

  it('says what is refused and stops what is in the way', async () => {
    const message = 'One person can have 1 app running at a time';
    const refusal = {
      ...({ kind: 'quota', rule: 'running-per-person' } as const),
      ...{ message, remedy: 'Stop one', stop: ['guestbook'], isBlocking: true },
    };
    const { wrapper } = await open('/new/workspace', (isStopped) =>
      aPreview(isStopped ? {} : { refusals: [refusal], canCreate: false }),
    );
    const create = () => wrapper.get('button[type="submit"]');
    expect(wrapper.text()).toContain('This is refused');
    expect(create().attributes('disabled')).toBeDefined();

    const stop = wrapper.findAll('button').find((one) => one.text() === 'Stop guestbook');
    await stop?.trigger('click');
    await flushPromises();

    expect(wrapper.text()).not.toContain('This is refused');
    expect(create().attributes('disabled')).toBeUndefined();
  });

  it('offers size and isolation without a template, and refuses an address that is none', async () => {
    const { world, wrapper } = await open('/new/workspace');
    const [repository, name] = wrapper.findAll('input:not([type="radio"])');
    await repository?.setValue('file:///etc');
    await wrapper.get('form').trigger('submit');
    expect(wrapper.text()).toContain('Use an https, ssh or git address');
    expect(created(world)).toBeUndefined();

    await repository?.setValue('https://git.example.com/team/app.git');
    expect(name?.attributes('placeholder')).toBe('app');
    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(created(world)).toEqual({
      ...{ name: 'app', repositoryUrl: 'https://git.example.com/team/app.git' },
      settings: { size: 'chat', isolation: 'restricted' },
    });
  });

  it('lets people choose where it runs, where there is a choice', async () => {
    const alone = await open('/new/workspace');
    expect(alone.wrapper.findComponent(PlaceField).exists()).toBe(false);
    const { world, wrapper } = await open('/new/workspace', () =>
      aPreview({ places: [ON_MACHINE, ON_RACK] }),
    );
    const chooser = wrapper.getComponent(PlaceField);
    expect(chooser.text()).toContain('Beside spt-flow, on its machine (as usual)');

    chooser.vm.$emit('update:modelValue', ON_RACK);
    await flushPromises();
    expect(chooser.text()).toContain('In a container on rack');
    expect(chooser.text()).toContain('Not there: snapshots.');
    await wrapper.get('form').trigger('submit');
    await flushPromises();

    expect(created(world)).toMatchObject({ server: ON_RACK.server?.id });
  });
});
