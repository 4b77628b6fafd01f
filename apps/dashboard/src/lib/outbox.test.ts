import { ApiError } from '@spt-flow/shared/api/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryStore, type OutboxStore } from './outbox-store.ts';
import { createOutbox, type Outbox, type OutboxItem } from './outbox.ts';

const outboxes: Outbox[] = [];
/** What all tabs of a browser share. */
let store: OutboxStore;
beforeEach(() => {
  store = createMemoryStore();
});
afterEach(() => {
  for (const outbox of outboxes.splice(0)) outbox.stop();
  vi.useRealTimers();
});

function failure(code: string, status: number): ApiError {
  return new ApiError(code, { code, status, correlationId: 'correlation-1' });
}

/** A server that keeps one message per client id, as the API promises. */
function createServer() {
  const stored = new Map<string, string>();
  const attempts: string[] = [];
  let failWith: ((attempt: number) => Error | undefined) | undefined;
  let loseAnswers = false;
  return {
    stored,
    attempts,
    failWhen: (decide: (attempt: number) => Error | undefined) => {
      failWith = decide;
    },
    loseAnswer: (lose: boolean) => {
      loseAnswers = lose;
    },
    send: async (item: OutboxItem) => {
      attempts.push(item.content);
      const error = failWith?.(attempts.length);
      if (error) throw error;
      stored.set(item.clientMessageId, item.content);
      if (loseAnswers) throw failure('unreachable', 0);
    },
  };
}

let number = 0;

function open(server: ReturnType<typeof createServer>): Outbox {
  const outbox = createOutbox({
    store,
    send: server.send,
    newId: () => `client-${++number}`,
    now: () => new Date('2026-01-02T03:04:05Z'),
    random: () => 0,
  });
  outboxes.push(outbox);
  return outbox;
}

/** Waits until nothing is queued or being sent any more. */
async function settled(outbox: Outbox): Promise<void> {
  await vi.waitFor(() =>
    expect(outbox.items.value.filter(({ state }) => state !== 'failed')).toEqual([]),
  );
}

describe('outbox', () => {
  it('sends at once and keeps nothing of what arrived', async () => {
    const server = createServer();
    const outbox = open(server);

    outbox.add('p1', 'hello');
    await settled(outbox);

    expect([...server.stored.values()]).toEqual(['hello']);
    expect(await store.load()).toEqual([]);
  });

  it('delivers exactly once when the answer was lost', async () => {
    vi.useFakeTimers();
    const server = createServer();
    const outbox = open(server);
    server.loseAnswer(true);
    outbox.add('p1', 'hello');
    await vi.advanceTimersByTimeAsync(10);
    expect(outbox.items.value).toHaveLength(1);

    server.loseAnswer(false);
    await vi.advanceTimersByTimeAsync(60_000);

    expect(server.attempts.length).toBeGreaterThan(1);
    expect([...server.stored.values()]).toEqual(['hello']);
    expect(outbox.items.value).toEqual([]);
  });

  it('sends what a closed page left behind under its first id', async () => {
    const server = createServer();
    server.failWhen(() => failure('unreachable', 0));
    const before = open(server);
    const { clientMessageId } = before.add('p1', 'written offline');
    await vi.waitFor(() => expect(server.attempts).not.toEqual([]));
    before.stop();

    server.failWhen(() => undefined);
    const after = open(server);
    await after.flush();

    expect([...server.stored.entries()]).toEqual([[clientMessageId, 'written offline']]);
  });

  it('keeps the order of one project and does not hold up another', async () => {
    const server = createServer();
    server.failWhen((attempt) => (attempt === 1 ? failure('not_permitted', 403) : undefined));
    const outbox = open(server);
    const { clientMessageId } = outbox.add('p1', 'first');
    outbox.add('p1', 'second');
    outbox.add('p2', 'other');
    await vi.waitFor(() => expect(server.attempts).toEqual(['first', 'other']));

    outbox.retry(clientMessageId);
    await settled(outbox);

    expect(server.attempts).toEqual(['first', 'other', 'first', 'second']);
  });

  it('loses nothing that another tab has written meanwhile, and sends nothing twice', async () => {
    const server = createServer();
    server.failWhen(() => failure('unreachable', 0));
    const [one, two] = [open(server), open(server)];
    one.add('p1', 'from one tab');
    two.add('p1', 'from the other');
    await Promise.all([one.flush(), two.flush()]);
    for (const tab of [one, two]) tab.stop();

    server.failWhen(() => undefined);
    const later = open(server);
    await later.flush();
    await settled(later);
    const sent = server.attempts.length;
    await Promise.all([one.flush(), two.flush()]);

    expect([...server.stored.values()].sort()).toEqual(['from one tab', 'from the other']);
    expect(server.attempts).toHaveLength(sent);
    expect([...one.items.value, ...two.items.value]).toEqual([]);
  });

  it('sends also where the browser keeps nothing', async () => {
    const server = createServer();
    store = {
      load: () => Promise.reject(new Error('no')),
      put: () => Promise.reject(new Error('full')),
      has: () => Promise.reject(new Error('no')),
      remove: () => Promise.reject(new Error('no')),
    };
    const outbox = open(server);

    outbox.add('p1', 'hello');
    await settled(outbox);

    expect([...server.stored.values()]).toEqual(['hello']);
  });

  it('waits while a turn is running on the server', async () => {
    vi.useFakeTimers();
    const server = createServer();
    server.failWhen((attempt) => (attempt === 1 ? failure('turn_running', 409) : undefined));
    const outbox = open(server);

    outbox.add('p1', 'next');
    await vi.advanceTimersByTimeAsync(10);
    expect(outbox.items.value).toMatchObject([{ state: 'queued' }]);
    await vi.advanceTimersByTimeAsync(60_000);

    expect([...server.stored.values()]).toEqual(['next']);
  });

  it('shows why a message is refused, holds later ones, and sends all on retry', async () => {
    const server = createServer();
    server.failWhen((attempt) => (attempt === 1 ? failure('not_permitted', 403) : undefined));
    const outbox = open(server);
    const { clientMessageId } = outbox.add('p1', 'refused');
    outbox.add('p1', 'later');
    await vi.waitFor(() =>
      expect(outbox.items.value).toMatchObject([
        { state: 'failed', problem: { what: 'Your role does not permit this' } },
        { state: 'queued' },
      ]),
    );

    outbox.retry(clientMessageId);
    await settled(outbox);

    expect([...server.stored.values()]).toEqual(['refused', 'later']);
  });

  it('lets go of a message that the person removes, for all tabs', async () => {
    const server = createServer();
    server.failWhen(() => failure('unreachable', 0));
    const outbox = open(server);
    const { clientMessageId } = outbox.add('p1', 'never mind');
    await vi.waitFor(() => expect(server.attempts).not.toEqual([]));

    outbox.remove(clientMessageId);
    server.failWhen(() => undefined);
    const later = open(server);
    await Promise.all([outbox.flush(), later.flush()]);

    expect(server.stored.size).toBe(0);
    expect(later.items.value).toEqual([]);
  });
});
