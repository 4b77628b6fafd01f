import { flushPromises } from '@vue/test-utils';
import type { TemplatePool } from '@spt-flow/shared/api/pools';
import type { WorkspaceImpact } from '@spt-flow/shared/api/templates';
import { TemplateShapeSchema } from '@spt-flow/shared/domain/template-shape';
import { describe, expect, it } from 'vitest';
import DevcontainerPanel from '../src/features/workspaces/DevcontainerPanel.vue';
import RollbackPanel from '../src/features/workspaces/RollbackPanel.vue';
import TemplateCatalog from '../src/features/templates/TemplateCatalog.vue';
import TemplateView from '../src/views/TemplateView.vue';
import { button } from './button.ts';
import { aTemplate, aWorkspace, idOf } from './fixtures.ts';
import { createWorld } from './mount.ts';

const AT = '2026-01-02T03:04:05.000Z';
const HANDLE = `/workspaces/${idOf(20)}`;

function aVersion(number: number, archivedAt: string | null = null) {
  const source = { kind: 'files' };
  return {
    number,
    message: `step ${number}`,
    source,
    createdByName: 'Ada',
    createdAt: AT,
    archivedAt,
  };
}

function anImpact(change: Partial<WorkspaceImpact> = {}): WorkspaceImpact {
  return {
    ...{ workspaceId: idOf(20), name: 'guestbook', ownerName: 'Ada', actualState: 'running' },
    changes: [{ setting: 'size', before: 'chat', after: 'devenv' }],
    ...{ problems: [], effect: 'restart', isDataKept: true, refusal: null },
    ...{ fromVersion: 1, canUpdate: true },
    ...change,
  };
}

const POOL: TemplatePool = {
  ...{ size: 2, maxAgeHours: 24, ready: 1, starting: 1, failed: 0, schedule: null, isOpen: true },
  costPerHour: { amount: 0.05, currency: 'EUR' },
};

async function openTemplate() {
  const definition = TemplateShapeSchema.parse({ name: 'go', displayName: 'Go' });
  const world = await createWorld(
    {
      'GET /templates/go': () => ({
        template: aTemplate({ latestVersion: 3 }),
        active: { ...aVersion(1), definition, readme: '' },
      }),
      'GET /templates/go/versions': () => ({
        items: [aVersion(3, AT), aVersion(2), aVersion(1)],
        nextCursor: null,
      }),
      'POST /templates/go/impact': () => ({ version: 2, items: [anImpact()], truncated: false }),
      'GET /templates/go/pool': () => POOL,
      'PUT /templates/go/pool': () => POOL,
      'PATCH /templates/go': () => aTemplate({ activeVersion: 2 }),
      'PATCH /templates/go/versions/2': () => aVersion(2, AT),
      'PATCH /templates/go/versions/3': () => aVersion(3),
    },
    '/templates/go',
  );
  world.router.addRoute({ path: '/templates/:name', component: TemplateView });
  await world.router.replace('/templates/go?again');
  const wrapper = world.mount(TemplateView);
  await flushPromises();
  const sent = (method: string, end: string) =>
    world.requests.filter((one) => one.method === method && one.path.endsWith(end)).at(-1)?.body;
  return { wrapper, sent };
}

describe('template page', () => {
  it('tells admins what is kept ready and costs', async () => {
    const { wrapper } = await openTemplate();

    expect(wrapper.text()).toMatch(/2 kept ready \(1 ready, 1 starting\), .*0\.05 an hour/);
  });

  it('lets admins keep some ready in some hours', async () => {
    const { wrapper, sent } = await openTemplate();
    await button(wrapper, 'Change what is kept ready').trigger('click');
    const form = wrapper.get('form[aria-label="Workspaces that are kept ready"]');
    await form.get('input[type="number"]').setValue('5');
    await form.get('[role="checkbox"]').trigger('click');
    await form.findAll('input[type="time"]')[1]?.setValue('18:30');
    await button(wrapper, 'Fri').trigger('click');

    await form.trigger('submit');
    await flushPromises();

    expect(sent('PUT', '/pool')).toMatchObject({
      ...{ size: 5, maxAgeHours: 24 },
      schedule: { weekdays: [1, 2, 3, 4], start: '06:45', stop: '18:30', holidays: [] },
    });
    expect(wrapper.find('form[aria-label="Workspaces that are kept ready"]').exists()).toBe(false);
  });

  it('promotes a version only after it showed what that means', async () => {
    const { wrapper, sent } = await openTemplate();

    await button(wrapper, 'Promote version 2').trigger('click');
    await flushPromises();
    const preview = wrapper.get('[aria-label="What promoting version 2 means"]');
    expect(preview.text()).toMatch(/guestbook.*size: chat → devenv/s);
    expect(sent('POST', '/impact')).toEqual({ version: 2 });
    expect(sent('PATCH', '/templates/go')).toBeUndefined();

    await preview.findAll('button')[0]?.trigger('click');
    await flushPromises();
    expect(sent('PATCH', '/templates/go')).toEqual({ activeVersion: 2 });
    expect(wrapper.find('[aria-label="What promoting version 2 means"]').exists()).toBe(false);
  });

  it('archives a version and takes it back; the active one stays', async () => {
    const { wrapper, sent } = await openTemplate();

    await button(wrapper, 'Archive version 2').trigger('click');
    await flushPromises();
    await button(wrapper, 'Unarchive version 3').trigger('click');
    await flushPromises();

    expect(sent('PATCH', '/versions/2')).toEqual({ archived: true });
    expect(sent('PATCH', '/versions/3')).toEqual({ archived: false });
    expect(() => button(wrapper, 'Archive version 1')).toThrow();
  });

  it('is deprecated with a reason only', async () => {
    const { wrapper, sent } = await openTemplate();
    await button(wrapper, 'Deprecate…').trigger('click');
    const form = wrapper.get('[aria-labelledby="deprecate-title"] form');
    expect(button(wrapper, 'Deprecate it').attributes('disabled')).toBeDefined();

    await form.get('input').setValue('Use node-react');
    await form.trigger('submit');
    await flushPromises();

    expect(sent('PATCH', '/templates/go')).toEqual({ deprecation: 'Use node-react' });
  });
});

describe('a workspace that was updated', () => {
  const template = {
    ...{ name: 'go', displayName: 'Go', icon: 'speed', version: 2, activeVersion: 2 },
    ...{ deprecation: null, minCliVersion: null, versionBefore: 1 },
  };

  it('goes back once it showed what that does', async () => {
    const impact = anImpact({ fromVersion: 2 });
    const world = await createWorld({
      [`GET ${HANDLE}/rollback`]: () => ({ version: 1, impact }),
      [`POST ${HANDLE}/rollback`]: () => aWorkspace({ template: { ...template, version: 1 } }),
    });
    const wrapper = world.mount(RollbackPanel, { props: { workspace: aWorkspace({ template }) } });

    await button(wrapper, 'Go back to version 1…').trigger('click');
    await flushPromises();
    expect(wrapper.text()).toContain('size: chat → devenv');
    await button(wrapper, 'Go back to version 1').trigger('click');
    await flushPromises();

    expect(world.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(wrapper.text()).not.toContain('size: chat → devenv');
  });
});

describe('a container', () => {
  it('is rebuilt once it said what is lost', async () => {
    const world = await createWorld({
      [`GET ${HANDLE}/devcontainer`]: () => ({
        ...{ file: '.devcontainer/devcontainer.json', image: 'node:24', user: 'node' },
        ...{ isChanged: true, problem: null, secrets: [] },
      }),
      [`POST ${HANDLE}/rebuild`]: () => aWorkspace({ provider: 'docker' }),
    });
    const props = { workspace: aWorkspace({ provider: 'docker' }) };
    const wrapper = world.mount(DevcontainerPanel, { props });
    await flushPromises();
    expect(wrapper.text()).toContain('Its files changed since it was made');

    await button(wrapper, 'Rebuild…').trigger('click');
    expect(wrapper.text()).toContain('running programs and terminals');
    expect(world.requests).toHaveLength(1);
    await button(wrapper, 'Rebuild it').trigger('click');
    await flushPromises();

    expect(world.requests.at(-1)).toMatchObject({ method: 'POST' });
    expect(wrapper.text()).not.toContain('running programs and terminals');
  });
});

describe('the catalogue', () => {
  it('adds a template, and says which can not be', async () => {
    const entry = { icon: 'box', description: 'Ours', problem: null };
    const world = await createWorld({
      'GET /template-catalog': () => ({
        repositoryUrl: 'https://git.example.com/t.git',
        items: [
          { ...entry, path: 'web/team', name: 'team', displayName: 'Team' },
          { ...entry, path: null, name: 'go', displayName: 'Go' },
          { ...entry, path: 'x', name: 'x', displayName: 'x', problem: 'It is not JSON' },
        ],
      }),
      'POST /templates': () => ({ template: aTemplate(), version: aVersion(1) }),
    });
    const wrapper = world.mount(TemplateCatalog, { props: { present: new Set(['go']) } });
    await flushPromises();

    expect(wrapper.findAll('li button').map((one) => one.text())).toEqual([
      'Add',
      'Add as a version',
    ]);
    expect(wrapper.text()).toContain('It is not JSON');
    await wrapper.get('[aria-label="Add Team"]').trigger('click');
    await flushPromises();

    expect(world.requests.at(-1)?.body).toMatchObject({
      source: { kind: 'git', url: 'https://git.example.com/t.git', path: 'web/team' },
    });
    expect(wrapper.emitted('added')).toHaveLength(1);
  });
});
