import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { aLogLine, idOf } from '../../../test/fixtures.ts';
import { createWorld } from '../../../test/mount.ts';
import LogSearch from './LogSearch.vue';

function found(seq: number) {
  return {
    ...aLogLine(seq),
    ...{ workspaceId: idOf(20), workspaceName: 'shop', projectId: idOf(10), projectSlug: 'shop' },
  };
}

describe('LogSearch', () => {
  it('asks for what the address says, and for older lines on demand', async () => {
    const id = '0af7651916cd43dd8448eb211c80319c';
    const asked: string[] = [];
    const world = await createWorld(
      {
        'GET /logs': ({ query }) => {
          asked.push(query.toString());
          return query.has('cursor')
            ? { items: [found(1)], nextCursor: null }
            : { items: [found(2)], nextCursor: 'older' };
        },
      },
      `/logs?text=${id}&workspace=${idOf(20)}`,
    );
    const wrapper = world.mount(LogSearch);
    await flushPromises();
    await wrapper.get('[aria-label^="Found"] button').trigger('click');
    await flushPromises();

    const query = `level=debug&correlationId=${id}&limit=200&workspace=${idOf(20)}`;
    expect(asked).toEqual([query, `${query}&cursor=older`]);
    expect(wrapper.findAll('.log-row')).toHaveLength(2);
    expect(wrapper.get('.log-row a').attributes('href')).toMatch(/^\/p\/shop\/logs\?since=2026/);
    expect(wrapper.text()).not.toContain('Older lines');
  });

  it('keeps what is asked in the address, and says when nothing matches', async () => {
    const world = await createWorld({ 'GET /logs': () => ({ items: [], nextCursor: null }) });
    const wrapper = world.mount(LogSearch);
    await flushPromises();
    expect(wrapper.text()).toContain('No lines yet');

    await wrapper.get('input').setValue('no such text');

    expect(wrapper.text()).toContain('Nothing matches');
    await vi.waitFor(() =>
      expect(world.router.currentRoute.value.query).toEqual({ text: 'no such text' }),
    );
  });
});
