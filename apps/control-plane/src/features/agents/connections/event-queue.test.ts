import { expect, it, vi } from 'vitest';
import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import { createEventQueue } from './event-queue.ts';

function line(seq: number): AgentEvent {
  return { type: 'log', seq, at: 1, source: 'app', level: 'info', text: `line ${seq}` };
}

function seqs(events: readonly AgentEvent[]) {
  return events.map((event) => event.type === 'log' && event.seq);
}

function setUp() {
  const batches: { seqs: unknown[]; done: () => void; fail: (error: Error) => void }[] = [];
  const deps = { pause: vi.fn<() => void>(), resume: vi.fn<() => void>(), onError: vi.fn() };
  const queue = createEventQueue({
    ...deps,
    store: (events) =>
      new Promise<void>((done, fail) => batches.push({ seqs: seqs(events), done, fail })),
  });
  return { queue, batches, ...deps };
}

it('stores one batch at a time, and what comes meanwhile together', async () => {
  const { queue, batches } = setUp();
  for (const seq of [1, 2, 3]) queue.push([line(seq)], 100);
  expect(batches.map((batch) => batch.seqs)).toEqual([[1]]);

  batches[0]?.done();
  await vi.waitFor(() => expect(batches).toHaveLength(2));
  expect(batches[1]?.seqs).toEqual([2, 3]);
  batches[1]?.done();
  await vi.waitFor(() => expect(queue.isStoring).toBe(false));

  queue.push([line(4)], 100);
  expect(batches[2]?.seqs).toEqual([4]);
});

it('reads no more once much waits, until that is being stored', async () => {
  const { queue, batches, pause, resume } = setUp();
  queue.push([line(1)], 100);
  queue.push([line(2)], 40_000);
  expect(pause).not.toHaveBeenCalled();
  queue.push([line(3)], 40_000);
  expect(pause).toHaveBeenCalledOnce();

  batches[0]?.done();
  await vi.waitFor(() => expect(resume).toHaveBeenCalledOnce());
});

it('reads on after a long piece of an event that came meanwhile', async () => {
  const { queue, batches, pause, resume } = setUp();
  queue.push([line(1)], 100);
  queue.push([], 70_000);
  expect(pause).toHaveBeenCalledOnce();

  batches[0]?.done();
  await vi.waitFor(() => expect(resume).toHaveBeenCalledOnce());
});

it('stores nothing more after what failed, so that no later line hides it', async () => {
  const { queue, batches, onError } = setUp();
  queue.push([line(1)], 100);
  queue.push([line(2)], 100);
  batches[0]?.fail(new Error('gone'));

  await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce());
  queue.push([line(3)], 100);
  expect(batches.map((batch) => batch.seqs)).toEqual([[1]]);
});

it('keeps nothing waiting for what is done at once', () => {
  const stored: unknown[] = [];
  const queue = createEventQueue({
    store: (events) => void stored.push(seqs(events)),
    ...{ pause: vi.fn<() => void>(), resume: vi.fn<() => void>(), onError: vi.fn() },
  });
  queue.push([line(1)], 100);
  queue.push([line(2)], 100);
  expect(stored).toEqual([[1], [2]]);
});
