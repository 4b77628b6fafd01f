import {
  LiveServerMessageSchema,
  type LiveClientMessage,
  type LiveEvent,
  type LiveServerMessage,
} from '@spt-flow/shared/api/live';
import { backoffDelayMs } from '../backoff.ts';

const PING_INTERVAL_MS = 20_000;
/** Silence of more than one ping and its answer: the connection is dead even if the socket looks open. */
const SILENCE_LIMIT_MS = 32_000;

export type LiveStatus = 'idle' | 'connecting' | 'online' | 'waiting';

export interface LiveFollower {
  onEvent(event: LiveEvent): void;
  /** Too far behind: load the data again, then follow from its cursor. */
  onReset(): void;
  /** The first confirmation: events from here on are not missed. */
  onSubscribed?(): void;
  onRefused?(code: string): void;
}

export interface LiveClientOptions {
  readonly url: () => string;
  readonly createSocket: (url: string) => WebSocket;
  readonly random: () => number;
}

interface Subscription {
  readonly follower: LiveFollower;
  /** Cursor of the last event that was delivered; null until the server names one. */
  cursor: number | null;
  confirmed: boolean;
}

export type LiveClient = ReturnType<typeof createLiveClient>;

/**
 * createLiveClient keeps one WebSocket for all topics of the page.
 * INVARIANTS: a follower sees each cursor at most once and in order; after a lost connection every
 * topic is subscribed again after the last delivered cursor; one follower per topic.
 */
export function createLiveClient(options: LiveClientOptions) {
  const subscriptions = new Map<string, Subscription>();
  const statusListeners = new Set<(status: LiveStatus, failures: number) => void>();
  let socket: WebSocket | undefined;
  let status: LiveStatus = 'idle';
  let failures = 0;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let pingTimer: ReturnType<typeof setInterval> | undefined;
  let lastHeardAt = 0;

  function setStatus(next: LiveStatus): void {
    if (status === next) return;
    status = next;
    for (const listener of statusListeners) listener(status, failures);
  }

  function start(): void {
    if (status === 'idle') connect();
  }

  function stop(): void {
    clearTimeout(retryTimer);
    dropSocket();
    subscriptions.clear();
    failures = 0;
    setStatus('idle');
  }

  /** retryNow is for moments when waiting makes no sense: the browser is online again, the page is visible again. */
  function retryNow(): void {
    if (status !== 'waiting') return;
    clearTimeout(retryTimer);
    connect();
  }

  function connect(): void {
    setStatus('connecting');
    const opened = options.createSocket(options.url());
    socket = opened;
    opened.addEventListener('open', () => {
      if (socket === opened) onOpen();
    });
    opened.addEventListener('message', (message) => {
      if (socket === opened) onMessage(message.data);
    });
    opened.addEventListener('close', () => {
      if (socket === opened) onLost();
    });
  }

  function onOpen(): void {
    failures = 0;
    lastHeardAt = performance.now();
    pingTimer = setInterval(checkAlive, PING_INTERVAL_MS);
    setStatus('online');
    for (const [topic, { cursor }] of subscriptions)
      send({ type: 'subscribe', topic, after: cursor });
  }

  function checkAlive(): void {
    if (performance.now() - lastHeardAt > SILENCE_LIMIT_MS) onLost();
    else send({ type: 'ping' });
  }

  function onLost(): void {
    dropSocket();
    const delayMs = backoffDelayMs(failures, options.random);
    failures += 1;
    setStatus('waiting');
    retryTimer = setTimeout(connect, delayMs);
  }

  function dropSocket(): void {
    clearInterval(pingTimer);
    const dropped = socket;
    socket = undefined;
    dropped?.close();
  }

  function onMessage(data: unknown): void {
    lastHeardAt = performance.now();
    const message = parseMessage(data);
    if (message === undefined || message.type === 'pong') return;
    const subscription = subscriptions.get(message.topic);
    if (!subscription) return;
    if (message.type === 'subscribed') confirm(subscription, message.cursor);
    else if (message.type === 'event') deliver(subscription, message);
    else {
      subscriptions.delete(message.topic);
      if (message.type === 'reset') subscription.follower.onReset();
      else subscription.follower.onRefused?.(message.code);
    }
  }

  function confirm(subscription: Subscription, cursor: number): void {
    subscription.cursor ??= cursor;
    if (subscription.confirmed) return;
    subscription.confirmed = true;
    subscription.follower.onSubscribed?.();
  }

  function deliver(
    subscription: Subscription,
    message: LiveServerMessage & { type: 'event' },
  ): void {
    if (subscription.cursor !== null && message.cursor <= subscription.cursor) return;
    subscription.cursor = message.cursor;
    subscription.follower.onEvent(message.event);
  }

  /** follow replaces an earlier follower of the topic; the returned function ends it. `after` null means from now on. */
  function follow(topic: string, after: number | null, follower: LiveFollower): () => void {
    const subscription: Subscription = { follower, cursor: after, confirmed: false };
    subscriptions.set(topic, subscription);
    send({ type: 'subscribe', topic, after });
    return () => {
      if (subscriptions.get(topic) !== subscription) return;
      subscriptions.delete(topic);
      send({ type: 'unsubscribe', topic });
    };
  }

  function send(message: LiveClientMessage): void {
    if (status === 'online') socket?.send(JSON.stringify(message));
  }

  function onStatus(listener: (status: LiveStatus, failures: number) => void): () => void {
    statusListeners.add(listener);
    return () => statusListeners.delete(listener);
  }

  return { start, stop, retryNow, follow, onStatus, status: () => status };
}

/** Messages of a newer server that this page does not know are left out. */
function parseMessage(data: unknown): LiveServerMessage | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return LiveServerMessageSchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}
