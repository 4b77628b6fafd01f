import type { ForgeLink, ForgeStatus } from '@spt-flow/shared/api/forge';
import { flushPromises } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { createWorld } from '../../../test/mount.ts';
import ForgeSettings from './ForgeSettings.vue';
import ProjectForge from './ProjectForge.vue';

const STATUS: ForgeStatus = {
  ...{ kind: 'gitlab', state: 'failing', url: 'https://gitlab.example', version: '19.5.1' },
  ...{ scopes: ['api'], tokenExpiresOn: '2027-01-01', problem: 'The token lacks a scope' },
  ...{ lastHookAt: null, projects: { synced: 3, waiting: 2, failing: 0, diverged: 1 } },
};
const LINK: ForgeLink = {
  ...{ kind: 'gitlab', state: 'none', url: null, cloneUrl: null, detail: null },
  ...{ diverged: [], isTold: false, syncedAt: null, dueAt: null },
};

it('the settings tell what is wrong with GitLab, and what waits for it', async () => {
  const world = await createWorld({ 'GET /forge': () => STATUS });

  const wrapper = world.mount(ForgeSettings);
  await flushPromises();

  expect(wrapper.text()).toContain('Not usable');
  expect(wrapper.text()).toContain('The token lacks a scope');
  expect(wrapper.text()).toContain('3 carried, 2 waiting, 1 to merge');
  expect(wrapper.text()).toContain('None yet');
});

it('a project is put into GitLab when somebody asks, and readers only see where it is', async () => {
  const url = 'https://gitlab.example/flow/acme/demo';
  const world = await createWorld({
    'GET /projects/p/forge': () => LINK,
    'POST /projects/p/forge/sync': () => ({
      ...{ ...LINK, state: 'diverged', url, detail: 'Run git merge gitlab/main' },
    }),
  });
  const wrapper = world.mount(ProjectForge, { props: { projectId: 'p', canWrite: true } });
  await flushPromises();

  await wrapper.get('button').trigger('click');
  await flushPromises();

  expect(wrapper.get('a').attributes('href')).toBe(url);
  expect(wrapper.text()).toContain('Run git merge gitlab/main');
  expect(wrapper.text()).toContain('Carry it now');

  const reader = world.mount(ProjectForge, { props: { projectId: 'p', canWrite: false } });
  await flushPromises();
  expect(reader.findAll('button')).toEqual([]);
});

it('nothing is said of GitLab in projects where there is none', async () => {
  const world = await createWorld({
    'GET /projects/p/forge': () => ({ ...LINK, kind: 'embedded' }),
  });
  const wrapper = world.mount(ProjectForge, { props: { projectId: 'p', canWrite: true } });
  await flushPromises();

  expect(wrapper.find('section').exists()).toBe(false);
});
