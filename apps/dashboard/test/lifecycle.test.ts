import { flushPromises, type VueWrapper } from '@vue/test-utils';
import type { Lifecycle } from '@spt-flow/shared/api/lifecycle';
import { describe, expect, it } from 'vitest';
import WorkspacesView from '../src/views/WorkspacesView.vue';
import WorkspaceView from '../src/views/WorkspaceView.vue';
import { useWorkspacesStore } from '../src/features/workspaces/workspaces-store.ts';
import { aWorkspace, idOf } from './fixtures.ts';
import { createWorld, type World } from './mount.ts';

const AT = '2026-01-02T03:04:05.000Z';
const LATER = '2026-01-02T03:34:05.000Z';
const LIFECYCLE = `/workspaces/${idOf(20)}/lifecycle`;
const KEEP_ALIVE = `/workspaces/${idOf(20)}/keep-alive`;

function aLifecycle(change: Partial<Lifecycle> = {}): Lifecycle {
  return {
    idleMinutes: 30,
    isDefaultIdle: true,
    schedule: null,
    keepUntil: null,
    runningSince: AT,
    activity: [
      { source: 'terminal', lastAt: AT },
      { source: 'chat', lastAt: null },
    ],
    verdict: {
      ...{ action: 'warn', rule: 'idle', reason: 'Nobody used it for 21 minutes' },
      ...{ stopsAt: LATER, startsAt: null },
    },
    lastStop: null,
    ...change,
  };
}

function button(wrapper: VueWrapper, label: string) {
  const found = wrapper
    .findAll('button')
    .find((one) => one.text() === label || one.attributes('aria-label') === label);
  if (!found) throw new Error(`There is no button "${label}"`);
  return found;
}

function bodyOf(world: World, path: string) {
  return world.requests.findLast((request) => request.path.endsWith(path))?.body;
}

async function openWorkspace(answers: Parameters<typeof createWorld>[0] = {}) {
  const world = await createWorld(
    {
      'GET /workspaces/guestbook': () => aWorkspace(),
      [`GET /workspaces/${idOf(20)}/transitions`]: () => ({ items: [], nextCursor: null }),
      [`GET ${LIFECYCLE}`]: () => aLifecycle(),
      ...answers,
    },
    '/workspaces/guestbook',
  );
  world.router.addRoute({ path: '/workspaces/:name', component: WorkspaceView });
  await world.router.replace('/workspaces/guestbook?again');
  const wrapper = world.mount(WorkspaceView);
  await flushPromises();
  return { world, wrapper };
}

describe('workspace page', () => {
  it('says why the workspace runs and what was used, and keeps it when asked', async () => {
    const { world, wrapper } = await openWorkspace({
      [`POST ${KEEP_ALIVE}`]: () =>
        aLifecycle({
          keepUntil: LATER,
          verdict: {
            ...{ action: 'keep', rule: 'override', reason: 'Somebody asked to keep it running' },
            ...{ stopsAt: LATER, startsAt: null },
          },
        }),
    });
    const panel = wrapper.get('[aria-labelledby="lifecycle-title"]');
    expect(panel.text()).toContain('Why it runs');
    expect(panel.text()).toMatch(/It stops soon\.\s+Nobody used it for 21 minutes\./);
    expect(panel.text()).toMatch(/Terminal.*Chat\s*never/s);

    await button(wrapper, 'Keep it for 2 h').trigger('click');
    await flushPromises();

    expect(bodyOf(world, '/keep-alive')).toEqual({ minutes: 120 });
    expect(panel.text()).toContain('Kept until');
    expect(panel.text()).toContain('Let it stop again');
  });

  it('sets a schedule and an idle time', async () => {
    const { world, wrapper } = await openWorkspace({
      [`PATCH ${LIFECYCLE}`]: () => aLifecycle({ idleMinutes: 60, isDefaultIdle: false }),
    });
    await button(wrapper, 'Schedule and idle time').trigger('click');
    const form = wrapper.get('form[aria-label="Schedule and idle time"]');
    await form.get('input[type="number"]').setValue('60');
    await form.get('[role="checkbox"]').trigger('click');
    await form.findAll('input[type="time"]')[1]?.setValue('18:30');
    await button(wrapper, 'Fri').trigger('click');

    await form.trigger('submit');
    await flushPromises();

    expect(bodyOf(world, '/lifecycle')).toMatchObject({
      idleMinutes: 60,
      schedule: { weekdays: [1, 2, 3, 4], start: '06:45', stop: '18:30', holidays: [] },
    });
    expect(wrapper.find('form[aria-label="Schedule and idle time"]').exists()).toBe(false);
  });

  it('deletes a workspace that hangs by force, and says what is left', async () => {
    const { world, wrapper } = await openWorkspace({
      'GET /workspaces/guestbook': () => aWorkspace({ actualState: 'starting' }),
      [`POST /workspaces/${idOf(20)}/force-delete`]: () => ({
        workspace: aWorkspace({ actualState: 'deleted', desiredState: 'deleted' }),
        leftovers: ['Container "guestbook"'],
      }),
      [`POST /workspaces/${idOf(20)}/cancel`]: () => aWorkspace({ desiredState: 'stopped' }),
    });
    expect(button(wrapper, 'Cancel what guestbook is doing').exists()).toBe(true);

    await button(wrapper, 'Delete workspace by force…').trigger('click');
    const form = wrapper.get('[aria-label="Delete the workspace by force"] form');
    await form.get('input').setValue('guestbook');
    await form.trigger('submit');
    await flushPromises();

    expect(world.requests.map(({ path }) => path)).toContain(
      `/api/v1/workspaces/${idOf(20)}/force-delete`,
    );
    expect(wrapper.text()).toContain('guestbook was deleted');
  });
});

describe('workspaces page', () => {
  const costPerHour = { amount: 0.05, currency: 'EUR' };

  async function openList() {
    const stopped: string[] = [];
    const stop = (number: number, name: string) => () => {
      stopped.push(name);
      return aWorkspace({ id: idOf(number), name, desiredState: 'stopped' });
    };
    const world = await createWorld({
      'GET /workspaces': () => ({
        items: [
          aWorkspace({ costPerHour, stopWarning: { at: LATER, reason: 'Nobody used it' } }),
          aWorkspace({ id: idOf(21), name: 'blog', ownerId: idOf(3), ownerName: 'Grace' }),
          aWorkspace({
            id: idOf(22),
            name: 'off',
            actualState: 'stopped',
            desiredState: 'stopped',
          }),
        ],
        nextCursor: null,
      }),
      'GET /costs': () => ({
        costs: {
          ...{ month: '2026-01', state: 'near', owners: [] },
          spent: { amount: 8.5, currency: 'EUR' },
          budget: { amount: 10, currency: 'EUR' },
        },
      }),
      [`POST /workspaces/${idOf(20)}/stop`]: stop(20, 'guestbook'),
      [`POST /workspaces/${idOf(21)}/stop`]: stop(21, 'blog'),
    });
    await world.run(() => useWorkspacesStore()).load();
    const wrapper = world.mount(WorkspacesView);
    await flushPromises();
    return { wrapper, stopped };
  }

  it('shows costs, the budget and what stops soon', async () => {
    const { wrapper } = await openList();

    expect(wrapper.text()).toContain('This month: €8.50 of €10.00');
    expect(wrapper.text()).toContain('The budget is nearly used up.');
    expect(wrapper.get('tbody').text()).toContain('€0.05');
    expect(wrapper.get('tbody').text()).toContain('stops at');
  });

  it('stops the chosen ones that are seen and run', async () => {
    const { wrapper, stopped } = await openList();
    for (const name of ['guestbook', 'blog', 'off'])
      await wrapper.get(`[aria-label="Choose ${name}"]`).trigger('click');

    await button(wrapper, 'Stop chosen (2)').trigger('click');
    await flushPromises();

    expect(stopped).toEqual(['blog', 'guestbook']);
    expect(button(wrapper, 'Stop chosen').attributes('disabled')).toBeDefined();
  });
});
