import { flushPromises, type VueWrapper } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import WorkspacesView from '../src/views/WorkspacesView.vue';
import { useWorkspacesStore } from '../src/features/workspaces/workspaces-store.ts';
import { button } from './button.ts';
import { aWorkspace, idOf } from './fixtures.ts';
import { ApiFailure, createWorld } from './mount.ts';

const LATER = '2026-01-02T03:34:05.000Z';

function names(wrapper: VueWrapper): string[] {
  return wrapper.findAll('tbody th a').map((link) => link.text());
}

describe('workspaces page', () => {
  const costPerHour = { amount: 0.05, currency: 'EUR' };

  async function openList(at = '/workspaces') {
    const stopped: string[] = [];
    const removed: string[] = [];
    const stop = (number: number, name: string) => () => {
      stopped.push(name);
      return aWorkspace({ id: idOf(number), name, desiredState: 'stopped' });
    };
    const world = await createWorld(
      {
        'GET /workspaces': () => ({
          items: [
            aWorkspace({ costPerHour, stopWarning: { at: LATER, reason: 'Nobody used it' } }),
            aWorkspace({
              ...{ id: idOf(21), name: 'blog', ownerId: idOf(3), ownerName: 'Grace' },
              disk: { usedBytes: 5.5 * 1024 ** 3, limitBytes: 5 * 1024 ** 3 },
            }),
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
        [`DELETE /workspaces/${idOf(20)}`]: () => {
          removed.push('guestbook');
          return aWorkspace({ desiredState: 'deleted' });
        },
        [`DELETE /workspaces/${idOf(22)}`]: () => {
          throw new ApiFailure(409, 'workspace_busy');
        },
        [`POST /workspaces/${idOf(20)}/stop`]: stop(20, 'guestbook'),
        [`POST /workspaces/${idOf(21)}/stop`]: stop(21, 'blog'),
      },
      at,
    );
    await world.run(() => useWorkspacesStore()).load();
    const wrapper = world.mount(WorkspacesView);
    await flushPromises();
    return { world, wrapper, stopped, removed };
  }

  it('shows costs, the budget, what stops soon and whose disk is too full', async () => {
    const { wrapper } = await openList();

    expect(wrapper.text()).toContain('This month: €8.50 of €10.00');
    expect(wrapper.text()).toContain('The budget is nearly used up.');
    expect(wrapper.get('tbody').text()).toContain('€0.05');
    expect(wrapper.get('tbody').text()).toContain('stops at');
    expect(wrapper.get('tbody').text()).toContain('5.5 GiB of disk');
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

  it('says of each what came of it, and goes on after one that is refused', async () => {
    const { wrapper, removed } = await openList();
    for (const name of ['guestbook', 'off'])
      await wrapper.get(`[aria-label="Choose ${name}"]`).trigger('click');

    await button(wrapper, 'Delete chosen (2)').trigger('click');
    await button(wrapper, 'Delete guestbook, off…').trigger('click');
    const form = wrapper.get('[data-testid="danger-zone"] form');
    await form.get('input').setValue('2 workspaces');
    await form.trigger('submit');
    await flushPromises();

    expect(removed).toEqual(['guestbook']);
    const outcomes = wrapper.findAll('ul[aria-live="polite"] li').map((item) => item.text());
    expect(outcomes[0]).toMatch(/^guestbook is being deleted\.$/);
    expect(outcomes[1]).toMatch(/^off workspace_busy\. Wait until it is finished\.$/);
  });

  it('is filtered and sorted as its address says', async () => {
    const { world, wrapper } = await openList('/workspaces?state=Running&sort=-name');
    expect(names(wrapper)).toEqual(['guestbook', 'blog']);
    expect(wrapper.get('th[aria-sort="descending"]').text()).toContain('Name');

    await wrapper.get('input[type="search"]').setValue('grace');
    await flushPromises();
    expect(names(wrapper)).toEqual(['blog']);
    expect(world.router.currentRoute.value.query).toEqual({
      ...{ state: 'Running', sort: '-name', q: 'grace' },
    });

    await wrapper.get('input[type="search"]').setValue('nobody');
    await flushPromises();
    expect(wrapper.text()).toContain('No workspace is like that');
  });

  it('is sorted by a column, and the other way round', async () => {
    const { world, wrapper } = await openList();

    await button(wrapper, 'Cost an hour').trigger('click');
    await flushPromises();
    expect(names(wrapper)).toEqual(['blog', 'off', 'guestbook']);
    await button(wrapper, 'Cost an hour ↑').trigger('click');
    await flushPromises();

    expect(names(wrapper)).toEqual(['guestbook', 'blog', 'off']);
    expect(world.router.currentRoute.value.query).toEqual({ sort: '-cost' });
  });

  it('chooses all that are seen', async () => {
    const { wrapper } = await openList('/workspaces?state=Stopped');

    await wrapper.get('[aria-label="Choose all"]').trigger('click');

    expect(button(wrapper, 'Start chosen (1)').attributes('disabled')).toBeUndefined();
    expect(button(wrapper, 'Stop chosen').attributes('disabled')).toBeDefined();
  });
});
