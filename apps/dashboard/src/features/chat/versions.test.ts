import { flushPromises } from '@vue/test-utils';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { aMessage, aProject, aReceipt, idOf } from '../../../test/fixtures.ts';
import { createWorld } from '../../../test/mount.ts';
import ChatContainer from './ChatContainer.vue';

const PROJECT = `/projects/${idOf(10)}`;
const TOPIC = `project:${idOf(10)}`;
const CHANGED = [{ path: 'a.js', before: 'a', after: 'b' }];

// What is loaded on demand is there in the next turn then.
beforeAll(() =>
  Promise.all([
    import('./writing/EditMessage.vue'),
    import('./conversation/show-found-message.ts'),
  ]),
);

async function open(files: unknown[], at = '/') {
  let shown = [
    aMessage(1, { turnId: idOf(50), content: 'Make it blue', versions: [idOf(99), idOf(101)] }),
    aMessage(2, { role: 'assistant', state: 'done', turnId: idOf(50) }),
  ];
  const answers = {
    [`GET ${PROJECT}/messages`]: () => ({
      items: shown,
      ...{ nextCursor: null, liveCursor: 1 },
      provider: { name: 'Claude', model: 'm', templatesOnly: false },
    }),
    [`GET /workspaces/${idOf(20)}/change-sets`]: () => ({ items: [aReceipt()], nextCursor: null }),
    [`GET ${PROJECT}/comparison`]: () => ({ changes: [], files, unkept: [], hasData: false }),
    [`POST ${PROJECT}/messages/${idOf(101)}/edit`]: () => aMessage(3),
    [`POST ${PROJECT}/messages/${idOf(99)}/show`]: () => {
      shown = [aMessage(99, { content: 'Make it red' })];
      return {};
    },
  };
  const world = await createWorld(answers, at);
  const wrapper = world.mount(ChatContainer, { props: { project: aProject() } });
  await flushPromises();
  const posts = () => world.requests.filter(({ method }) => method === 'POST');
  const press = async (label: string): Promise<void> => {
    [...document.querySelectorAll('button')]
      .findLast((each) => (each.getAttribute('aria-label') ?? each.textContent).trim() === label)
      ?.click();
    await flushPromises();
  };
  const rewrite = async (text: string): Promise<void> => {
    await press('Edit');
    await wrapper.get('textarea[aria-label="New text of the message"]').setValue(text);
    await press('Send this version');
  };
  return { world, wrapper, posts, press, rewrite };
}

describe('versions of a message', () => {
  it('are made in its place, at once where nothing of the app changes', async () => {
    const { posts, rewrite, wrapper } = await open([]);

    await rewrite('Make it green');

    expect(posts()).toMatchObject([
      { body: { content: 'Make it green', attachments: [], overwrite: false } },
    ]);
    expect(wrapper.find('form[aria-label="Edit this message"]').exists()).toBe(false);
  });

  it('list what is lost before anything is sent', async () => {
    const { posts, press, rewrite } = await open(CHANGED);

    await rewrite('Make it green');
    await flushPromises();
    expect(posts()).toEqual([]);
    await expect
      .poll(() => document.body.textContent, { timeout: 20_000 })
      .toContain('Go back to before “Make it blue”');
    await press('Go back and send');

    expect(posts()).toHaveLength(1);
  });

  it('lead to each other, and say which one is shown', async () => {
    const { posts, press, wrapper } = await open([]);
    expect(wrapper.get('[aria-label="Version 2 of 2"]').text()).toBe('2/2');
    expect(wrapper.get('button[aria-label="Later version"]').attributes()).toHaveProperty(
      'disabled',
    );

    await press('Earlier version');

    expect(posts()).toMatchObject([
      { path: `/api/v1${PROJECT}/messages/${idOf(99)}/show`, body: { overwrite: false } },
    ]);
  });

  it('are gone on with to see a message that a search has found there', async () => {
    const scrolled = vi.fn();
    Element.prototype.scrollIntoView = function scrollIntoView() {
      scrolled(this.id);
    };
    const { posts, wrapper } = await open([], `/p/a?message=${idOf(199)}&version=${idOf(99)}`);

    await expect.poll(() => posts().map(({ path }) => path)).toHaveLength(1);
    await flushPromises();

    expect(wrapper.text()).toContain('Make it red');
    await expect.poll(() => scrolled.mock.calls).toEqual([[`message-${idOf(199)}`]]);
    expect(posts()).toHaveLength(1);
  });

  it('load the conversation again when somebody shows another one', async () => {
    const { world } = await open([]);
    const loads = () =>
      world.requests.filter(({ method, path }) => method === 'GET' && path.endsWith('/messages'));
    const before = loads().length;

    world.followers.get(TOPIC)?.follower.onEvent({ type: 'conversation.switched' });
    await flushPromises();

    expect(loads()).toHaveLength(before + 1);
  });
});
