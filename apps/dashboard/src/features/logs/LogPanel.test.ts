import { flushPromises, type VueWrapper } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { aLogLine, idOf } from '../../../test/fixtures.ts';
import { ApiFailure, createWorld } from '../../../test/mount.ts';
import LogPanel from './LogPanel.vue';
import { matches } from './log-filter.ts';

const TOPIC = `logs:${idOf(20)}`;

async function open(
  lines = [aLogLine(1), aLogLine(2, { level: 'error', source: 'build', text: 'build broke' })],
) {
  const world = await createWorld({
    [`GET /workspaces/${idOf(20)}/logs`]: () => ({ items: lines }),
  });
  const wrapper = world.mount(LogPanel, { props: { workspaceId: idOf(20) } });
  await flushPromises();
  return { world, wrapper };
}

async function press(wrapper: VueWrapper, label: string): Promise<void> {
  await wrapper
    .findAll('button')
    .find((candidate) => candidate.text() === label)
    ?.trigger('click');
  await flushPromises();
}

describe('LogPanel', () => {
  it('shows the last lines and adds those that follow', async () => {
    const { world, wrapper } = await open();

    world.followers
      .get(TOPIC)
      ?.follower.onEvent({ type: 'log', line: aLogLine(3, { text: 'just now' }) });

    await vi.waitFor(() => expect(wrapper.text()).toContain('just now'));
    expect(wrapper.findAll('.log-row')).toHaveLength(3);
  });

  it('holds new lines back while not following and shows them after', async () => {
    const { world, wrapper } = await open();
    const button = wrapper.findAll('button').find((candidate) => candidate.text() === 'Following');

    await button?.trigger('click');
    world.followers
      .get(TOPIC)
      ?.follower.onEvent({ type: 'log', line: aLogLine(3, { text: 'held back' }) });
    await flushPromises();
    expect(wrapper.text()).not.toContain('held back');
    await button?.trigger('click');
    await flushPromises();

    expect(wrapper.text()).toContain('held back');
  });

  it('filters by text and says when nothing matches', async () => {
    const { wrapper } = await open();

    await wrapper.get('input').setValue('broke');
    expect(wrapper.findAll('.log-row').map((row) => row.text())).toEqual([
      expect.stringContaining('build broke'),
    ]);
    await wrapper.get('input').setValue('no such text');

    expect(wrapper.text()).toContain('New lines that match the filter appear here');
  });

  it('asks the server for what the filter leaves, so that older lines are found too', async () => {
    const asked: string[] = [];
    const world = await createWorld({
      [`GET /workspaces/${idOf(20)}/logs`]: ({ query }) => {
        asked.push(query.toString());
        return {
          items: query.get('search') === 'long ago' ? [aLogLine(1, { text: 'long ago' })] : [],
        };
      },
    });
    const wrapper = world.mount(LogPanel, { props: { workspaceId: idOf(20) } });
    await flushPromises();
    expect(asked).toEqual(['limit=1000&level=info']);

    await wrapper.get('input').setValue('long ago');
    await vi.waitFor(() => expect(wrapper.findAll('.log-row')).toHaveLength(1));
    await wrapper.get('input').setValue('0af7651916cd43dd8448eb211c80319c');

    await vi.waitFor(() =>
      expect(asked.at(-1)).toContain('correlationId=0af7651916cd43dd8448eb211c80319c'),
    );
  });

  it('reaches further back on demand', async () => {
    const page = (first: number) =>
      Array.from({ length: 1000 }, (_line, index) => aLogLine(first + index));
    const asked: (string | null)[] = [];
    const world = await createWorld({
      [`GET /workspaces/${idOf(20)}/logs`]: ({ query }) => {
        const before = query.get('before');
        asked.push(before);
        if (before === null) return { items: page(3001) };
        return { items: [aLogLine(1500, { text: 'the beginning' })] };
      },
    });
    const wrapper = world.mount(LogPanel, { props: { workspaceId: idOf(20) } });
    await flushPromises();

    await press(wrapper, 'Earlier lines');

    expect(asked).toEqual([null, '3001']);
    expect(wrapper.find('.log-row').text()).toContain('the beginning');
    expect(wrapper.findAll('.log-row')).toHaveLength(1001);
    expect(wrapper.text()).not.toContain('Earlier lines');
  });

  it('opens at the moment that the address names, and goes to the end to follow', async () => {
    const asked: string[] = [];
    const since = '2026-11-21T09:00:00.000Z';
    const world = await createWorld(
      {
        [`GET /workspaces/${idOf(20)}/logs`]: ({ query }) => {
          asked.push(query.toString());
          return { items: [aLogLine(7)] };
        },
      },
      `/p/shop/logs?since=${since}&level=warn&text=slow`,
    );
    const wrapper = world.mount(LogPanel, { props: { workspaceId: idOf(20) } });
    await flushPromises();
    expect(asked).toEqual([
      `limit=1000&after=0&level=warn&search=slow&since=${encodeURIComponent(since)}`,
    ]);

    await press(wrapper, 'Follow');

    expect(asked.at(-1)).toBe('limit=1000&level=warn&search=slow');
    await vi.waitFor(() =>
      expect(world.router.currentRoute.value.query).toEqual({ level: 'warn', text: 'slow' }),
    );
  });

  it('goes to the filter and follows by keys', async () => {
    const { wrapper } = await open();

    await wrapper.get('[aria-label="Log lines"]').trigger('keydown', { key: 'f' });
    expect(wrapper.text()).not.toContain('Following');
    await wrapper.get('[aria-label="Log lines"]').trigger('keydown', { key: '/' });

    expect(document.activeElement).toBe(wrapper.get('input').element);
  });

  it('explains an empty log', async () => {
    const { wrapper } = await open([]);

    expect(wrapper.text()).toContain('No log lines yet');
  });

  it('shows a failure with a way to try again', async () => {
    const world = await createWorld({
      [`GET /workspaces/${idOf(20)}/logs`]: () => {
        throw new ApiFailure(503, 'agent_offline');
      },
    });
    const wrapper = world.mount(LogPanel, { props: { workspaceId: idOf(20) } });
    await flushPromises();

    expect(wrapper.get('[role="alert"]').text()).toContain('The workspace is not connected');
  });

  it('leaves the topic with the page', async () => {
    const { world, wrapper } = await open();

    wrapper.unmount();

    expect(world.followers.has(TOPIC)).toBe(false);
  });
});

describe('log filter', () => {
  const all = { level: 'debug' as const, source: 'all', text: '' };

  it.each([
    [{}, all, true],
    [{ level: 'info' as const }, { ...all, level: 'warn' as const }, false],
    [{ level: 'error' as const }, { ...all, level: 'warn' as const }, true],
    [{ source: 'build' }, { ...all, source: 'app' }, false],
    [{ text: 'GET /Index' }, { ...all, text: ' get /index ' }, true],
    [{ correlationId: 'abc-12345' }, { ...all, text: 'abc-12345' }, true],
    [{ correlationId: 'abc-12345' }, { ...all, text: 'abc' }, false],
  ])('keeps %o under %o: %s', (line, filter, expected) => {
    expect(matches(aLogLine(1, line), filter)).toBe(expected);
  });
});
