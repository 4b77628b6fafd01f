import { ApiError } from '@spt-flow/shared/api/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createOutbox, type Outbox, type OutboxItem } from './outbox.ts';

const outboxes: Outbox[] = [];
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

function open(
  server: ReturnType<typeof createServer>,
  canSend: (target: string) => boolean = () => true,
): Outbox {
  let number = localStorage.length * 100 + outboxes.length * 10;
  const outbox = createOutbox({
    storage: localStorage,
    send: server.send,
    canSend,
    newId: () => `client-${++number}`,
    now: () => new Date('2026-01-02T03:04:05Z'),
    random: () => 0,
  });
  outboxes.push(outbox);
  return outbox;
}

describe('outbox', () => {
  it('sends at once and keeps nothing of what arrived', async () => {
    const server = createServer();
    const outbox = open(server);

    outbox.add('p1', 'hello');
    await outbox.flush();

    expect([...server.stored.values()]).toEqual(['hello']);
    expect(outbox.items.value).toEqual([]);
    expect(localStorage.getItem('spt-flow.outbox')).toBe('[]');
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
    await before.flush();
    before.stop();

    server.failWhen(() => undefined);
    const after = open(server);
    expect(after.items.value).toMatchObject([{ content: 'written offline', state: 'queued' }]);
    await after.flush();

    expect([...server.stored.entries()]).toEqual([[clientMessageId, 'written offline']]);
  });

  it('keeps the order of one project and does not hold up another', async () => {
    const server = createServer();
    const busy = new Set(['p1']);
    const outbox = open(server, (target) => !busy.has(target));
    outbox.add('p1', 'first');
    outbox.add('p1', 'second');
    outbox.add('p2', 'other');
    await outbox.flush();
    expect(server.attempts).toEqual(['other']);

    busy.clear();
    await outbox.flush();

    expect(server.attempts).toEqual(['other', 'first', 'second']);
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
    await outbox.flush();
    expect(outbox.items.value).toMatchObject([
      { state: 'failed', problem: { what: 'Your role does not permit this' } },
      { state: 'queued' },
    ]);

    outbox.retry(clientMessageId);
    await outbox.flush();

    expect([...server.stored.values()]).toEqual(['refused', 'later']);
  });

  it('lets go of a message that the person removes', async () => {
    const server = createServer();
    const outbox = open(server, () => false);
    const { clientMessageId } = outbox.add('p1', 'never mind');

    outbox.remove(clientMessageId);
    await outbox.flush();

    expect(server.attempts).toEqual([]);
    expect(open(server).items.value).toEqual([]);
  });

  it.each(['{broken', '[{"content":1}]', 'null'])(
    'starts empty when the storage holds %s',
    (text) => {
      localStorage.setItem('spt-flow.outbox', text);

      expect(open(createServer()).items.value).toEqual([]);
    },
  );
});
