import { describe, expect, it } from 'vitest';
import { AgentEventSchema, type AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import { createEventBuffer } from './event-buffer.ts';

function log(text: string): AgentEvent {
  return { type: 'log', at: 1, source: 'app', level: 'info', text };
}

function parse(texts: readonly string[]): AgentEvent[] {
  const lines = texts
    .join('')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => AgentEventSchema.parse(JSON.parse(line)));
}

describe('event buffer', () => {
  it('hands what happened while nobody listened to the next listener, in order', () => {
    const buffer = createEventBuffer();
    const received: string[] = [];
    buffer.emit(log('one'));
    buffer.emit(log('two'));

    buffer.attach((text) => received.push(text) > 0);
    buffer.emit(log('three'));

    expect(parse(received)).toEqual([log('one'), log('two'), log('three')]);
  });

  it('stays within its bound and says how many lines are lost', () => {
    const buffer = createEventBuffer();
    const received: string[] = [];
    for (let line = 0; line < 5_000; line += 1) buffer.emit(log(`${line} ${'x'.repeat(1_000)}`));

    buffer.attach((text) => received.push(text) > 0);

    const [first, ...rest] = parse(received);
    expect(received.join('').length).toBeLessThan(600 * 1024);
    expect(first).toEqual({ type: 'dropped', count: 5_000 - rest.length });
    expect(rest.at(-1)).toMatchObject({ text: expect.stringMatching(/^4999 /) });
  });

  it('waits for a slow listener', () => {
    const buffer = createEventBuffer();
    const received: string[] = [];
    buffer.attach((text) => {
      received.push(text);
      return false;
    });

    buffer.emit(log('one'));
    buffer.emit(log('two'));
    expect(parse(received)).toEqual([log('one')]);

    buffer.pump();
    expect(parse(received)).toEqual([log('one'), log('two')]);
  });

  it('keeps events for the next listener after one left', () => {
    const buffer = createEventBuffer();
    const received: string[] = [];
    buffer.attach(() => false);
    buffer.attach(undefined);

    buffer.emit(log('one'));
    buffer.attach((text) => received.push(text) > 0);

    expect(parse(received)).toEqual([log('one')]);
  });
});
