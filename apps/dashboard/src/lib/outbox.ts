import { shallowRef } from 'vue';
import { backoffDelayMs } from './backoff.ts';
import type { MessageExtras, OutboxStore, StoredMessage } from './outbox-store.ts';
import { isTemporary, problemOf, type Problem } from './problem.ts';

export interface OutboxItem extends StoredMessage {
  readonly state: 'queued' | 'sending' | 'failed';
  readonly problem?: Problem;
}

export interface OutboxOptions {
  readonly store: OutboxStore;
  /** Resolves once the server has the message; repeating it with the same `clientMessageId` is harmless. */
  readonly send: (item: OutboxItem) => Promise<void>;
  readonly newId: () => string;
  readonly now: () => Date;
  readonly random: () => number;
}

export type Outbox = ReturnType<typeof createOutbox>;

/**
 * createOutbox keeps what was written until the server has it, across reloads.
 * INVARIANTS: messages of one target leave in the order they were written; an item keeps its
 * `clientMessageId` for life; it leaves the store only when sent or removed by the person, in whichever tab.
 */
export function createOutbox(options: OutboxOptions) {
  const { store } = options;
  const items = shallowRef<readonly OutboxItem[]>([]);
  const stored = new Set<string>();
  let running: Promise<void> | undefined;
  let askedAgain = false;
  let failures = 0;
  let lastWrittenAt = 0;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  const loaded = load();

  /** An item that was being sent when the page closed is sent again: its id makes that harmless. */
  async function load(): Promise<void> {
    const left = await store.load().catch(() => []);
    for (const { clientMessageId } of left) stored.add(clientMessageId);
    const known = new Set(items.value.map((item) => item.clientMessageId));
    const found = left
      .filter(({ clientMessageId }) => !known.has(clientMessageId))
      .map((message) => ({ ...message, state: 'queued' as const }));
    items.value = [...found, ...items.value];
  }

  function update(id: string, change: Pick<OutboxItem, 'state' | 'problem'>): void {
    items.value = items.value.map((item) =>
      item.clientMessageId === id ? { ...item, ...change } : item,
    );
  }

  function add(target: string, content: string, extras: MessageExtras = {}): OutboxItem {
    // Strictly rising, since the store knows no other order.
    lastWrittenAt = Math.max(options.now().getTime(), lastWrittenAt + 1);
    const message: StoredMessage = {
      clientMessageId: options.newId(),
      target,
      content,
      extras,
      createdAt: new Date(lastWrittenAt).toISOString(),
    };
    const item: OutboxItem = { ...message, state: 'queued' };
    items.value = [...items.value, item];
    void keep(message).then(flush);
    return item;
  }

  /** A full disk keeps nobody from sending. */
  async function keep(message: StoredMessage): Promise<void> {
    await store.put(message).then(
      () => stored.add(message.clientMessageId),
      () => undefined,
    );
    if (!items.value.some((item) => item.clientMessageId === message.clientMessageId))
      await forget(message.clientMessageId);
  }

  async function forget(id: string): Promise<void> {
    stored.delete(id);
    await store.remove(id).catch(() => undefined);
  }

  function remove(id: string): void {
    items.value = items.value.filter((item) => item.clientMessageId !== id);
    void forget(id);
  }

  function retry(id: string): void {
    update(id, { state: 'queued' });
    void flush();
  }

  /** flush sends what may be sent; calls while it runs are folded into one more round. */
  function flush(): Promise<void> {
    clearTimeout(retryTimer);
    if (running) {
      askedAgain = true;
      return running;
    }
    running = rounds().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function rounds(): Promise<void> {
    await loaded;
    do {
      askedAgain = false;
      await sendAll();
    } while (askedAgain);
  }

  async function sendAll(): Promise<void> {
    const held = new Set<string>();
    let temporary = false;
    for (let item = nextItem(held); item; item = nextItem(held)) {
      const outcome = await trySend(item);
      if (outcome !== 'sent') held.add(item.target);
      temporary ||= outcome === 'later';
    }
    if (temporary) retryLater();
    else failures = 0;
  }

  /** The first item of each target that is not held; a failed one holds what was written after it. */
  function nextItem(held: ReadonlySet<string>): OutboxItem | undefined {
    const seen = new Set(held);
    for (const item of items.value) {
      if (seen.has(item.target)) continue;
      seen.add(item.target);
      if (item.state === 'queued') return item;
    }
    return undefined;
  }

  async function trySend(item: OutboxItem): Promise<'sent' | 'later' | 'failed'> {
    const { clientMessageId } = item;
    if (await isGone(clientMessageId))
      items.value = items.value.filter((other) => other.clientMessageId !== clientMessageId);
    // Removed here or elsewhere while the store was asked.
    if (!items.value.some((other) => other.clientMessageId === clientMessageId)) return 'sent';
    update(clientMessageId, { state: 'sending' });
    try {
      await options.send(item);
      remove(clientMessageId);
      return 'sent';
    } catch (error) {
      if (isTemporary(error)) {
        update(clientMessageId, { state: 'queued' });
        return 'later';
      }
      update(clientMessageId, { state: 'failed', problem: problemOf(error) });
      return 'failed';
    }
  }

  /** Another tab has sent or removed it. */
  async function isGone(id: string): Promise<boolean> {
    return stored.has(id) && !(await store.has(id).catch(() => true));
  }

  function retryLater(): void {
    const delayMs = backoffDelayMs(failures, options.random);
    failures += 1;
    retryTimer = setTimeout(() => void flush(), delayMs);
  }

  function stop(): void {
    clearTimeout(retryTimer);
  }

  return { items, add, remove, retry, flush, stop };
}
