import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { aMessage, aReceipt } from '../../../test/fixtures.ts';
import { createWorld } from '../../../test/mount.ts';
import { problemOfCode } from '../../lib/problem.ts';
import ChangeCard from './changes/ChangeCard.vue';
import ChangedFiles from './changes/ChangedFiles.vue';
import MessageBubble from './messages/MessageBubble.vue';
import TurnSteps from './messages/TurnSteps.vue';
import WaitingMessage from './messages/WaitingMessage.vue';

const CARD = {
  slug: 'guestbook',
  canUndo: true,
  undoState: 'possible' as const,
  isUndoing: false,
};

describe('ChangeCard', () => {
  it('links to the diff of the change and asks for the preview', async () => {
    const world = await createWorld({});
    const wrapper = world.mount(ChangeCard, { props: { receipt: aReceipt(), ...CARD } });

    await wrapper
      .findAll('button')
      .find((button) => button.text() === 'Open preview')
      ?.trigger('click');

    expect(wrapper.get('a').attributes('href')).toBe(`/p/guestbook/files?change=${aReceipt().id}`);
    expect(wrapper.emitted('preview')).toHaveLength(1);
  });

  it.each([
    ['rolled_back', 'The change did not work and was undone'],
    ['rejected', 'The change has an error and was not applied'],
  ] as const)(
    'says of a change that was %s what is safe, with the reason folded',
    async (outcome, title) => {
      const world = await createWorld({});
      const wrapper = world.mount(ChangeCard, {
        props: { receipt: aReceipt({ outcome, reason: 'SyntaxError in server.js:3' }), ...CARD },
      });

      expect(wrapper.text()).toContain(title);
      expect(wrapper.text()).toContain('Your app is unchanged');
      expect(wrapper.get('details').text()).toContain('SyntaxError in server.js:3');
      expect(wrapper.findAll('button').map((button) => button.text())).not.toContain('Undo');
    },
  );

  it('says of a change that was made when the app does not work, as before', async () => {
    const world = await createWorld({});
    const receipt = aReceipt({
      outcome: 'committed',
      reason: 'The app does not work\nexit code 1',
    });

    const text = world.mount(ChangeCard, { props: { receipt, ...CARD } }).text();

    expect(text).toContain('The app does not work.');
    expect(text).not.toContain('The app answered');
    expect(text).not.toContain('exit code 1');
  });

  it('shows a probe that got no answer', async () => {
    const world = await createWorld({});
    const receipt = aReceipt({
      probe: { url: '/', status: null, durationMs: 10_000, error: null },
    });

    expect(world.mount(ChangeCard, { props: { receipt, ...CARD } }).text()).toContain(
      'The app did not answer',
    );
  });
});

describe('ChangedFiles', () => {
  it('names five files, those of tools last, and counts the rest', async () => {
    const world = await createWorld({});
    const files = Array.from({ length: 7 }, (_, index) => ({
      path: index === 0 ? '.tool' : `file-${index}`,
      change: 'created' as const,
      added: index,
      removed: 0,
    }));

    const text = world.mount(ChangedFiles, { props: { files } }).text();

    expect(text).toContain('file-5');
    expect(text).not.toContain('file-6');
    expect(text).not.toContain('.tool');
    expect(text).toContain('and 2 more files');
  });
});

describe('MessageBubble', () => {
  it('shows what people write as text, never as markup', async () => {
    const world = await createWorld({});
    const wrapper = world.mount(MessageBubble, {
      props: { message: aMessage(1, { content: '<b>bold</b> **stars**' }) },
    });

    expect(wrapper.text()).toBe('<b>bold</b> **stars**');
    expect(wrapper.find('b').exists()).toBe(false);
  });

  it('renders an answer as markdown with code apart', async () => {
    const world = await createWorld({});
    const message = aMessage(1, {
      role: 'assistant',
      state: 'done',
      content: 'It is **ready**\n\n```js\nlet a = 1\n```',
    });
    const wrapper = world.mount(MessageBubble, { props: { message } });
    await flushPromises();
    await import('../../lib/markdown.ts');
    await flushPromises();

    expect(wrapper.get('strong').text()).toBe('ready');
    expect(wrapper.get('figure pre').text()).toBe('let a = 1');
  });

  it.each([
    ['queued', 'Waiting for its turn'],
    ['running', 'Thinking about it'],
    ['stopped', 'Stopped. Your app stays as it was.'],
    ['failed', 'Your app is unchanged, and you can ask again.'],
  ] as const)('says of a turn that is %s: %s', async (state, text) => {
    const world = await createWorld({});

    expect(
      world
        .mount(MessageBubble, {
          props: { message: aMessage(1, { role: 'assistant', content: '', state }) },
        })
        .text(),
    ).toContain(text);
  });

  it('shows a note of the system with its age', async () => {
    const world = await createWorld({});

    const text = world
      .mount(MessageBubble, {
        props: { message: aMessage(1, { role: 'system', content: 'A change was undone' }) },
      })
      .text();

    expect(text).toContain('A change was undone');
  });
});

describe('TurnSteps', () => {
  it('names how many steps did not work', async () => {
    const world = await createWorld({});
    const steps = [
      { id: '1', label: 'Editing', state: 'done', detail: null, durationMs: 500 },
      { id: '2', label: 'Checking', state: 'failed', detail: 'line 14', durationMs: 600 },
    ];
    const wrapper = world.mount(TurnSteps, { props: { steps, isRunning: false } });

    expect(wrapper.get('summary').text()).toBe('2 steps in 1.1 s, 1 did not work');
    expect(wrapper.text()).toContain('line 14');
  });

  it('shows how far a change is while it is made', async () => {
    const world = await createWorld({});
    const step = { id: '1', label: 'Starting', detail: null, durationMs: null };
    const steps = [
      { ...step, state: 'done' },
      { ...step, id: '2', state: 'running', progress: 0.5 },
    ];
    const wrapper = world.mount(TurnSteps, { props: { steps, isRunning: true } });
    expect(wrapper.get('progress').attributes('value')).toBe('0.5');

    await wrapper.setProps({ steps: [{ ...step, state: 'running' }] });
    expect(wrapper.find('progress').exists()).toBe(false);
  });

  it('shows nothing for a turn without steps', async () => {
    const world = await createWorld({});

    expect(world.mount(TurnSteps, { props: { steps: [], isRunning: false } }).text()).toBe('');
  });
});

describe('WaitingMessage', () => {
  const item = {
    clientMessageId: 'client-1',
    target: 'p',
    content: 'hello',
    extras: {},
    createdAt: '2026-01-02T03:04:05.000Z',
  };

  it.each([
    [{ state: 'queued' }, { isOnline: false }, 'Will be sent when the connection is back'],
    [{ state: 'queued' }, { isOnline: true }, 'Sending…'],
    [{ state: 'sending' }, { isOnline: true }, 'Sending…'],
  ])('says why it waits (%o, %o)', async (state, place, text) => {
    const world = await createWorld({});

    expect(
      world.mount(WaitingMessage, { props: { item: { ...item, ...state }, ...place } }).text(),
    ).toContain(text);
  });

  it('offers to send a refused message again or to remove it', async () => {
    const world = await createWorld({});
    const refused = { ...item, state: 'failed', problem: problemOfCode('not_permitted') };
    const wrapper = world.mount(WaitingMessage, {
      props: { item: refused, isOnline: true },
    });

    await wrapper.get('[role="alert"] button').trigger('click');
    await wrapper
      .findAll('button')
      .find((button) => button.text() === 'Remove')
      ?.trigger('click');

    expect(wrapper.emitted('resend')).toHaveLength(1);
    expect(wrapper.emitted('discard')).toHaveLength(1);
  });
});
