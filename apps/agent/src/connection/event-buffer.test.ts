import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AgentEventSchema, type AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import { openLogSpool } from '../log-spool/log-spool.ts';
import { createEventBuffer, type EventBuffer } from './event-buffer.ts';

const AGED: AgentEvent = { type: 'key-aged' };

let directory: string;
let buffer: EventBuffer;
let received: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spt-flow-events-'));
  buffer = createEventBuffer(openLogSpool(directory));
  received = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

function log(text: string): AgentEvent {
  return { type: 'log', at: 1, source: 'app', level: 'info', text };
}

/** The texts of the lines, and the types of all else. */
function told(): string[] {
  return received
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => AgentEventSchema.parse(JSON.parse(line)))
    .map((event) => (event.type === 'log' ? event.text : event.type));
}

function listen(takesMore: boolean, stored?: { spool: string; seq: number }): string {
  const sink = (bytes: string | Buffer) => {
    received.push(String(bytes));
    return takesMore;
  };
  return buffer.attach(sink, stored) ?? '';
}

describe('event buffer', () => {
  it('hands what happened while nobody listened to the next listener, in order', async () => {
    buffer.emit(log('one'));
    buffer.emit(AGED);
    buffer.emit(log('two'));

    listen(true);
    buffer.emit(log('three'));

    await vi.waitFor(() => expect(told()).toEqual(['key-aged', 'one', 'two', 'three']));
  });

  it('waits for a slow listener', async () => {
    listen(false);
    buffer.emit(log('one'));
    await vi.waitFor(() => expect(told()).toEqual(['one']));
    expect(buffer.isBlocked).toBe(true);

    buffer.emit(log('two'));
    buffer.flush();
    expect(told()).toEqual(['one']);
    buffer.pump();
    expect(told()).toEqual(['one', 'two']);
  });

  it('tells the next listener what the one before has not stored', async () => {
    const spool = listen(true);
    for (const text of ['one', 'two', 'three']) buffer.emit(log(text));
    await vi.waitFor(() => expect(told()).toHaveLength(3));
    buffer.acknowledge(1);
    buffer.detach();
    buffer.emit(log('four'));

    received = [];
    listen(true, { spool, seq: 2 });

    await vi.waitFor(() => expect(told()).toEqual(['three', 'four']));
  });
});
