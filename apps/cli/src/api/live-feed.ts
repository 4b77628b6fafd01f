import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '@spt-flow/shared/api/client';
import {
  LiveServerMessageSchema,
  type LiveClientMessage,
  type LiveEvent,
  type LiveServerMessage,
} from '@spt-flow/shared/api/live';
import { parseJson } from '../core/json.ts';
import type { Socket } from './socket.ts';

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 5_000;

export type LiveUpdate =
  | {
      readonly type: 'event';
      readonly topic: string;
      readonly cursor: number;
      readonly event: LiveEvent;
    }
  /** The topic's past is gone: ask the server for the present. */
  | { readonly type: 'reset'; readonly topic: string }
  | { readonly type: 'connection'; readonly state: 'lost' | 'back' };

export interface LiveFeed {
  /** Resolves once events from then on are certain to arrive. `after` null: from now on. */
  subscribe(topic: string, after: number | null): Promise<void>;
  updates(): AsyncGenerator<LiveUpdate>;
  close(): void;
}

interface FeedOptions {
  readonly connect: () => Promise<Socket>;
  readonly signal: AbortSignal;
}

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/**
 * openLiveFeed follows topics across lost connections.
 * INVARIANTS: `cursors` holds the last position seen of each topic, so that a new connection
 * resumes without a gap; an event at or before that position is dropped.
 */
export async function openLiveFeed(options: FeedOptions): Promise<LiveFeed> {
  const cursors = new Map<string, number | null>();
  const waiters = new Map<string, Waiter>();
  const queue: LiveUpdate[] = [];
  let wake: () => void = () => undefined;
  let failure: Error | undefined;
  let closed = false;
  let socket = attach(await options.connect());

  function attach(connected: Socket): Socket {
    connected.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) receive(data.toString());
    });
    connected.once('close', () => {
      if (!closed) void reconnect();
    });
    connected.resume();
    return connected;
  }

  async function reconnect(): Promise<void> {
    push({ type: 'connection', state: 'lost' });
    for (let attempt = 0; ; attempt++) {
      try {
        await sleep(backoffMs(attempt), undefined, { signal: options.signal });
        const connected = await options.connect();
        if (closed) return connected.terminate();
        socket = attach(connected);
        for (const [topic, after] of cursors) send({ type: 'subscribe', topic, after });
        return push({ type: 'connection', state: 'back' });
      } catch (error) {
        if (closed) return;
        const temporary = error instanceof ApiError && (error.status === 0 || error.status >= 500);
        if (options.signal.aborted || !temporary) return fail(toError(error));
      }
    }
  }

  function receive(text: string): void {
    const parsed = LiveServerMessageSchema.safeParse(parseJson(text));
    // A newer server may tell of things that this version does not know.
    if (parsed.success) handle(parsed.data);
  }

  function handle(message: LiveServerMessage): void {
    if (message.type === 'pong' || !cursors.has(message.topic)) return;
    const { topic } = message;
    if (message.type === 'refused') return fail(refusal(message.code));
    if (message.type === 'reset') {
      cursors.set(topic, null);
      send({ type: 'subscribe', topic, after: null });
      return push({ type: 'reset', topic });
    }
    const seen = cursors.get(topic) ?? null;
    if (message.type === 'subscribed') {
      if (seen === null) cursors.set(topic, message.cursor);
      waiters.get(topic)?.resolve();
      return;
    }
    if (seen !== null && message.cursor <= seen) return;
    cursors.set(topic, message.cursor);
    push({ type: 'event', topic, cursor: message.cursor, event: message.event });
  }

  function send(message: LiveClientMessage): void {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  }

  function push(update: LiveUpdate): void {
    queue.push(update);
    wake();
  }

  function fail(error: Error): void {
    failure = error;
    for (const waiter of waiters.values()) waiter.reject(error);
    wake();
  }

  function subscribe(topic: string, after: number | null): Promise<void> {
    if (failure) return Promise.reject(failure);
    cursors.set(topic, after);
    return new Promise((resolve, reject) => {
      waiters.set(topic, { resolve, reject });
      send({ type: 'subscribe', topic, after });
    });
  }

  async function* updates(): AsyncGenerator<LiveUpdate> {
    while (!closed) {
      for (let next = queue.shift(); next; next = queue.shift()) yield next;
      if (failure) throw failure;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }

  function close(): void {
    closed = true;
    socket.close();
    wake();
  }

  return { subscribe, updates, close };
}

/** Exponential with full jitter, so that clients of a restarted server do not come at once. */
function backoffMs(attempt: number): number {
  return Math.random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function refusal(code: string): ApiError {
  const status = code === 'not_found' ? 404 : 403;
  return new ApiError('The server refused these events', { code, status, correlationId: '' });
}
