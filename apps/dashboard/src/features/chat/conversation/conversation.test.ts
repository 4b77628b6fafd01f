import type { Message, TurnStep } from '@spt-flow/shared/api/conversations';
import { describe, expect, it } from 'vitest';
import { effect, reactive } from 'vue';
import { aMessage, idOf } from '../../../../test/fixtures.ts';
import {
  addMessage,
  applyChatEvent,
  inReadingOrder,
  isTurnRunning,
  queuedIds,
  tokensUsed,
} from './conversation.ts';

function step(id: string, state: TurnStep['state'], durationMs: number | null = null): TurnStep {
  return { id, label: `Step ${id}`, state, detail: null, durationMs };
}

function running(change: Partial<Message> = {}): Message {
  return aMessage(2, { role: 'assistant', content: '', state: 'running', ...change });
}

describe('conversation', () => {
  it('grows the running answer with each delta', () => {
    const messages = [aMessage(1), running()];

    applyChatEvent(messages, { type: 'message.delta', messageId: idOf(102), text: 'Your ' });
    applyChatEvent(messages, { type: 'message.delta', messageId: idOf(102), text: 'app' });

    expect(messages.map((message) => message.content)).toEqual(['message 1', 'Your app']);
  });

  it('adds a step when it begins and completes the same step when it ends', () => {
    const messages = [running()];

    applyChatEvent(messages, {
      type: 'message.step',
      messageId: idOf(102),
      step: step('a', 'running'),
    });
    applyChatEvent(messages, {
      type: 'message.step',
      messageId: idOf(102),
      step: step('b', 'running'),
    });
    applyChatEvent(messages, {
      type: 'message.step',
      messageId: idOf(102),
      step: step('a', 'done', 84),
    });

    expect(messages[0]?.steps).toEqual([step('a', 'done', 84), step('b', 'running')]);
  });

  it('replaces the streamed text with the final message', () => {
    const messages = [running({ content: 'half a' })];

    applyChatEvent(messages, {
      type: 'message.done',
      message: running({ content: 'whole', state: 'done' }),
    });

    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ content: 'whole', state: 'done' });
  });

  it('adds a message once, also when the answer to sending it comes later', () => {
    const messages: Message[] = [];

    applyChatEvent(messages, { type: 'message.added', message: running() });
    applyChatEvent(messages, { type: 'message.delta', messageId: idOf(102), text: 'grown' });
    addMessage(messages, running());

    expect(messages.map((message) => message.content)).toEqual(['grown']);
  });

  it('begins an answer anew when its turn was cut off by a restart', () => {
    const messages = [running({ content: 'half a', steps: [step('a', 'running')] })];

    applyChatEvent(messages, { type: 'message.added', message: running() });
    applyChatEvent(messages, { type: 'message.delta', messageId: idOf(102), text: 'whole' });

    expect(messages).toMatchObject([{ content: 'whole', steps: [] }]);
  });

  it('puts an answer below its question, above those that wait', () => {
    const first = aMessage(1, { turnId: idOf(201) });
    const second = aMessage(3, { turnId: idOf(203) });
    const answer = running({ turnId: idOf(201) });
    const messages = [first, second];

    applyChatEvent(messages, { type: 'message.added', message: answer });

    expect(messages).toEqual([first, answer, second]);
    expect(inReadingOrder([first, second, answer])).toEqual([first, answer, second]);
    expect([...queuedIds(messages)]).toEqual([second.id]);
  });

  it('drops a message that was taken back', () => {
    const messages = [aMessage(1), aMessage(3)];

    applyChatEvent(messages, { type: 'message.removed', messageId: idOf(101) });
    applyChatEvent(messages, { type: 'message.removed', messageId: idOf(101) });

    expect(messages).toEqual([aMessage(3)]);
  });

  it('adds a finished message that was never announced', () => {
    const messages: Message[] = [];

    applyChatEvent(messages, { type: 'message.done', message: running({ state: 'failed' }) });

    expect(messages).toHaveLength(1);
  });

  it('ignores deltas and steps of messages that are not loaded', () => {
    const messages = [aMessage(1)];

    applyChatEvent(messages, { type: 'message.delta', messageId: idOf(999), text: 'x' });
    applyChatEvent(messages, {
      type: 'message.step',
      messageId: idOf(999),
      step: step('a', 'running'),
    });

    expect(messages).toEqual([aMessage(1)]);
  });

  it('touches only the message that an event is about', () => {
    const messages = reactive([aMessage(1), running()]);
    let renders = 0;
    effect(() => {
      renders += 1;
      return messages[0]?.content;
    });

    applyChatEvent(messages, { type: 'message.delta', messageId: idOf(102), text: 'more' });
    applyChatEvent(messages, {
      type: 'message.step',
      messageId: idOf(102),
      step: step('a', 'running'),
    });

    expect(renders).toBe(1);
  });

  it.each([
    ['queued', true],
    ['running', true],
    ['done', false],
    ['failed', false],
    ['stopped', false],
    [null, false],
  ] as const)('counts a turn that is %s as running: %s', (state, expected) => {
    expect(isTurnRunning([aMessage(1), running({ state })])).toBe(expected);
  });

  it('sums the tokens of all messages', () => {
    expect(tokensUsed([aMessage(1, { tokensUsed: 5 }), aMessage(2, { tokensUsed: 7 })])).toBe(12);
  });
});
