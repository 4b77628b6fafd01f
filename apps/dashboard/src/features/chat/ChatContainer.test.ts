import type { Message } from '@spt-flow/shared/api/conversations';
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { aMessage, aProject, aReceipt, idOf } from '../../../test/fixtures.ts';
import { ApiFailure, createWorld, type World } from '../../../test/mount.ts';
import ChatContainer from './ChatContainer.vue';

const MESSAGES = `/projects/${idOf(10)}/messages`;
const TOPIC = `project:${idOf(10)}`;

function conversation(items: Message[], change: Record<string, unknown> = {}) {
  return {
    items,
    nextCursor: null,
    liveCursor: 12,
    provider: { name: 'templates', model: null, templatesOnly: true },
    ...change,
  };
}

async function open(
  items: Message[],
  answers: Parameters<typeof createWorld>[0] = {},
): Promise<{ world: World; wrapper: ReturnType<World['mount']> }> {
  const world = await createWorld({
    [`GET ${MESSAGES}`]: () => conversation(items),
    [`GET /workspaces/${idOf(20)}/change-sets`]: () => ({ items: [aReceipt()], nextCursor: null }),
    [`POST ${MESSAGES}`]: ({ body }) => {
      const { content, clientMessageId } = body as { content: string; clientMessageId: string };
      return aMessage(50, { content, clientMessageId });
    },
    ...answers,
  });
  const wrapper = world.mount(ChatContainer, { props: { project: aProject() } });
  await flushPromises();
  return { world, wrapper };
}

async function type(wrapper: ReturnType<World['mount']>, text: string): Promise<void> {
  const input = wrapper.get('textarea');
  await input.setValue(text);
  await input.trigger('keydown', { key: 'Enter' });
  await flushPromises();
}

function posts(world: World) {
  return world.requests.filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/messages'),
  );
}

async function click(wrapper: ReturnType<World['mount']>, label: string): Promise<void> {
  await wrapper
    .findAll('button')
    .find((button) => button.text() === label)
    ?.trigger('click');
  await flushPromises();
}

describe('ChatContainer', () => {
  it('shows the conversation and follows it from the cursor of the answer', async () => {
    const { world, wrapper } = await open([aMessage(1, { content: 'a guestbook' })]);

    expect(wrapper.text()).toContain('a guestbook');
    expect(world.followers.get(TOPIC)?.after).toBe(12);
  });

  it('says plainly that answers come from templates', async () => {
    const { wrapper } = await open([]);

    expect(wrapper.text()).toContain(
      'Answers come from built-in templates: no AI model key is set.',
    );
  });

  it('offers first steps in an empty conversation and sends the chosen one', async () => {
    const { world, wrapper } = await open([]);

    await wrapper
      .findAll('button')
      .find((button) => button.text() === 'A page with our opening hours')
      ?.trigger('click');
    await flushPromises();

    expect(world.requests.at(-1)).toMatchObject({
      method: 'POST',
      body: { content: 'A page with our opening hours' },
    });
  });

  it('sends with Enter, makes a line with Shift, and empties the field', async () => {
    const { world, wrapper } = await open([]);
    const input = wrapper.get('textarea');

    await input.setValue('larger title');
    await input.trigger('keydown', { key: 'Enter', shiftKey: true });
    expect(posts(world)).toEqual([]);
    await input.trigger('keydown', { key: 'Enter' });
    await flushPromises();

    expect(world.requests.at(-1)).toMatchObject({
      method: 'POST',
      body: { content: 'larger title' },
    });
    expect(input.element.value).toBe('');
    expect(wrapper.text()).toContain('larger title');
  });

  it('streams an answer with its steps and folds them when it is done', async () => {
    const { world, wrapper } = await open([aMessage(1)]);
    const follower = world.followers.get(TOPIC)?.follower;
    const answer = aMessage(2, { role: 'assistant', content: '', state: 'running' });

    follower?.onEvent({ type: 'message.added', message: answer });
    follower?.onEvent({
      type: 'message.step',
      messageId: answer.id,
      step: {
        id: 's',
        label: 'Editing server.js',
        state: 'running',
        detail: null,
        durationMs: null,
      },
    });
    follower?.onEvent({ type: 'message.delta', messageId: answer.id, text: 'Nearly' });
    await flushPromises();
    expect(wrapper.get('[role="status"]').text()).toBe('Editing server.js');
    expect(wrapper.text()).toContain('Nearly');
    expect(wrapper.find('[data-testid="turn-steps"]').element.tagName).toBe('DIV');

    follower?.onEvent({
      type: 'message.done',
      message: {
        ...answer,
        content: 'Ready now',
        state: 'done',
        steps: [
          { id: 's', label: 'Editing server.js', state: 'done', detail: null, durationMs: 1200 },
        ],
      },
    });
    await flushPromises();

    expect(wrapper.find('[data-testid="turn-steps"]').element.tagName).toBe('DETAILS');
    expect(wrapper.get('summary').text()).toBe('1 step in 1.2 s');
    expect(wrapper.text()).toContain('Ready now');
  });

  it('sends what is written during a turn, shows that it waits, and takes it back', async () => {
    const answer = aMessage(2, { role: 'assistant', content: 'working', state: 'running' });
    const { world, wrapper } = await open([answer], {
      [`POST ${MESSAGES}`]: ({ body }) => {
        const { content, clientMessageId } = body as { content: string; clientMessageId: string };
        return aMessage(50, { content, clientMessageId, turnId: idOf(250) });
      },
      [`DELETE ${MESSAGES}/${idOf(150)}`]: () => aMessage(50),
    });

    await type(wrapper, 'and a footer');
    expect(posts(world)).toMatchObject([{ body: { content: 'and a footer' } }]);
    expect(wrapper.text()).toContain('Waits until the work before is finished');
    await click(wrapper, 'Remove');

    expect(wrapper.text()).not.toContain('and a footer');
    expect(wrapper.text()).not.toContain('Waits until');
  });

  it('answers again when nothing of the last answer is in the app', async () => {
    const question = aMessage(1, { turnId: idOf(201) });
    const answer = aMessage(2, { role: 'assistant', state: 'failed', turnId: idOf(201) });
    const { world, wrapper } = await open([question, answer], {
      [`POST ${MESSAGES}/${question.id}/retry`]: () => question,
    });

    await click(wrapper, 'Answer again');

    expect(world.requests.at(-1)?.path).toBe(`/api/v1${MESSAGES}/${question.id}/retry`);
  });

  it('offers to undo from a message on when changes came after it', async () => {
    const before = aMessage(1, { turnId: idOf(201), createdAt: '2026-01-01T00:00:00.000Z' });
    const after = aMessage(2, { turnId: idOf(202), createdAt: '2026-01-03T00:00:00.000Z' });
    const answers = [before, after].map(({ turnId }, index) =>
      aMessage(10 + index, { role: 'assistant', state: 'done', turnId }),
    );
    const { wrapper } = await open([before, after, ...answers]);

    expect(wrapper.findAll('button').map((button) => button.text())).toEqual(
      expect.arrayContaining(['Undo from here…']),
    );
    expect(
      wrapper.findAll('button').filter((button) => button.text() === 'Undo from here…'),
    ).toHaveLength(1);
  });

  it('shows a message once when its event overtakes the answer of the request', async () => {
    let release: () => void = () => undefined;
    const { world, wrapper } = await open([], {
      [`POST ${MESSAGES}`]: async ({ body }) => {
        const { content, clientMessageId } = body as { content: string; clientMessageId: string };
        const message = aMessage(50, { content, clientMessageId });
        world.followers.get(TOPIC)?.follower.onEvent({ type: 'message.added', message });
        await new Promise<void>((resolve) => (release = resolve));
        return message;
      },
    });

    await type(wrapper, 'only once');
    expect(wrapper.text().split('only once')).toHaveLength(2);
    release();
    await flushPromises();

    expect(wrapper.text().split('only once')).toHaveLength(2);
  });

  it('stops a running turn', async () => {
    const { world, wrapper } = await open([aMessage(2, { role: 'assistant', state: 'running' })], {
      [`POST /projects/${idOf(10)}/stop-turn`]: () => ({ stopped: true }),
    });

    await wrapper
      .findAll('button')
      .find((button) => button.text() === 'Stop')
      ?.trigger('click');
    await flushPromises();

    expect(world.requests.at(-1)?.path).toBe(`/api/v1/projects/${idOf(10)}/stop-turn`);
  });

  it('answers with a choice and then offers it no more', async () => {
    const { world, wrapper } = await open([
      aMessage(2, {
        role: 'assistant',
        content: 'With names?',
        state: 'done',
        choices: ['Yes', 'No'],
      }),
    ]);

    await wrapper.findAll('[role="group"] button')[0]?.trigger('click');
    await flushPromises();

    expect(world.requests.at(-1)).toMatchObject({ body: { content: 'Yes' } });
    expect(wrapper.find('[aria-label="Answers"]').exists()).toBe(false);
  });

  it('shows what a turn changed and undoes it', async () => {
    const { world, wrapper } = await open(
      [aMessage(2, { role: 'assistant', content: 'Done', state: 'done', changeSetId: idOf(300) })],
      {
        [`POST /change-sets/${idOf(300)}/undo`]: () => aReceipt({ id: idOf(301), summary: 'Undo' }),
      },
    );
    expect(wrapper.text()).toContain('The app answered with 200 in 84 ms');
    expect(wrapper.text()).toContain('public/style.css');

    await wrapper
      .findAll('button')
      .find((button) => button.text() === 'Undo')
      ?.trigger('click');
    await flushPromises();

    expect(world.requests.at(-1)).toMatchObject({
      method: 'POST',
      path: `/api/v1/change-sets/${idOf(300)}/undo`,
    });
  });

  it('explains an undo that failed and offers to dismiss it', async () => {
    const { wrapper } = await open(
      [aMessage(2, { role: 'assistant', content: 'Done', state: 'done', changeSetId: idOf(300) })],
      {
        [`POST /change-sets/${idOf(300)}/undo`]: () => {
          throw new ApiFailure(409, 'change_set_conflict');
        },
      },
    );

    await wrapper
      .findAll('button')
      .find((button) => button.text() === 'Undo')
      ?.trigger('click');
    await flushPromises();
    expect(wrapper.get('[role="alert"]').text()).toContain('A file changed since it was read');
    await wrapper
      .findAll('button')
      .find((button) => button.text() === 'Dismiss')
      ?.trigger('click');

    expect(wrapper.find('[role="alert"]').exists()).toBe(false);
  });

  it('loads again and follows from the new cursor after a reset', async () => {
    let cursor = 12;
    const { world, wrapper } = await open([], {
      [`GET ${MESSAGES}`]: () =>
        conversation([aMessage(1, { content: `seen at ${cursor}` })], { liveCursor: cursor }),
    });

    cursor = 90;
    world.followers.get(TOPIC)?.follower.onReset();
    await flushPromises();

    expect(world.followers.get(TOPIC)?.after).toBe(90);
    expect(wrapper.text()).toContain('seen at 90');
    expect(wrapper.text()).not.toContain('seen at 12');
  });

  it('puts earlier messages above the others', async () => {
    const { wrapper } = await open([], {
      [`GET ${MESSAGES}`]: ({ query }) =>
        query.has('cursor')
          ? conversation([aMessage(1)])
          : conversation([aMessage(2)], { nextCursor: 'older' }),
    });

    await wrapper
      .findAll('button')
      .find((button) => button.text() === 'Show earlier messages')
      ?.trigger('click');
    await flushPromises();

    expect(wrapper.findAll('article').map((article) => article.text())).toEqual([
      'message 1',
      'message 2',
    ]);
    expect(wrapper.text()).not.toContain('Show earlier messages');
  });

  it('explains a conversation that cannot be loaded and loads it on request', async () => {
    let isDown = true;
    const { wrapper } = await open([], {
      [`GET ${MESSAGES}`]: () => {
        if (isDown) throw new ApiFailure(503, 'database_unavailable');
        return conversation([aMessage(1)]);
      },
    });
    expect(wrapper.get('[role="alert"]').text()).toContain('The database does not answer');

    isDown = false;
    await wrapper.get('[role="alert"] button').trigger('click');
    await flushPromises();

    expect(wrapper.text()).toContain('message 1');
  });

  it('tells how long the conversation has become, and nothing while it is free', async () => {
    const { wrapper: free } = await open([aMessage(1)]);
    const { world, wrapper } = await open([aMessage(1), aMessage(2, { tokensUsed: 1_234 })]);
    const before = wrapper.text();

    world.followers.get(TOPIC)?.follower.onEvent({
      type: 'message.added',
      message: aMessage(3, { tokensUsed: 1_000 }),
    });
    await flushPromises();

    expect(free.text()).not.toContain('tokens so far');
    expect(before).toContain('1.2K tokens so far');
    expect(wrapper.text()).toContain('2.2K tokens so far');
  });

  it('keeps a draft per project across reloads', async () => {
    const { wrapper } = await open([]);
    await wrapper.get('textarea').setValue('half a thought');
    wrapper.unmount();

    const { wrapper: again } = await open([]);

    expect(again.get('textarea').element.value).toBe('half a thought');
  });

  it('leaves the topic when the page is left', async () => {
    const { world, wrapper } = await open([]);

    wrapper.unmount();

    expect(world.followers.has(TOPIC)).toBe(false);
  });
});
