import { flushPromises } from '@vue/test-utils';
import type { Lifecycle } from '@spt-flow/shared/api/lifecycle';
import { describe, expect, it } from 'vitest';
import WorkspaceView from '../src/views/WorkspaceView.vue';
import { button } from './button.ts';
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
    expect(panel.text()).toContain('Terminal');
    expect(panel.text()).not.toContain('Chat');

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
