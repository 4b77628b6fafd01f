import { z } from 'zod';
import { shallowRef } from 'vue';
import { backoffDelayMs } from './backoff.ts';
import { isTemporary, problemOf, type Problem } from './problem.ts';

const STORAGE_KEY = 'spt-flow.outbox';

const StoredItemSchema = z.object({
  clientMessageId: z.string(),
  target: z.string(),
  content: z.string(),
  createdAt: z.string(),
});

export interface OutboxItem extends z.infer<typeof StoredItemSchema> {
  readonly state: 'queued' | 'sending' | 'failed';
  readonly problem?: Problem;
}

export interface OutboxOptions {
  readonly storage: Storage;
  /** Resolves once the server has the message; repeating it with the same `clientMessageId` is harmless. */
  readonly send: (item: OutboxItem) => Promise<void>;
  /** False while messages for the target must wait, as during a running turn. */
  readonly canSend: (target: string) => boolean;
  readonly newId: () => string;
  readonly now: () => Date;
  readonly random: () => number;
}

export type Outbox = ReturnType<typeof createOutbox>;

/**
 * createOutbox keeps what was written until the server has it, across reloads.
 * INVARIANTS: messages of one target leave in the order they were written; an item keeps its
 * `clientMessageId` for life; it leaves the storage only when sent or removed by the person.
 */
export function createOutbox(options: OutboxOptions) {
  const items = shallowRef<readonly OutboxItem[]>(load(options.storage));
  let running: Promise<void> | undefined;
  let askedAgain = false;
  let failures = 0;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;

  function save(next: readonly OutboxItem[]): void {
    items.value = next;
    const stored = next.map(({ clientMessageId, target, content, createdAt }) => ({
      clientMessageId,
      target,
      content,
      createdAt,
    }));
    options.storage.setItem(STORAGE_KEY, JSON.stringify(stored));
  }

  function update(id: string, change: Pick<OutboxItem, 'state' | 'problem'>): void {
    save(items.value.map((item) => (item.clientMessageId === id ? { ...item, ...change } : item)));
  }

  function add(target: string, content: string): OutboxItem {
    const item: OutboxItem = {
      clientMessageId: options.newId(),
      target,
      content,
      createdAt: options.now().toISOString(),
      state: 'queued',
    };
    save([...items.value, item]);
    void flush();
    return item;
  }

  function remove(id: string): void {
    save(items.value.filter((item) => item.clientMessageId !== id));
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
      if (item.state === 'queued' && options.canSend(item.target)) return item;
    }
    return undefined;
  }

  async function trySend(item: OutboxItem): Promise<'sent' | 'later' | 'failed'> {
    update(item.clientMessageId, { state: 'sending' });
    try {
      await options.send(item);
      remove(item.clientMessageId);
      return 'sent';
    } catch (error) {
      if (isTemporary(error)) {
        update(item.clientMessageId, { state: 'queued' });
        return 'later';
      }
      update(item.clientMessageId, { state: 'failed', problem: problemOf(error) });
      return 'failed';
    }
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

/** An item that was being sent when the page closed is sent again: its id makes that harmless. */
function load(storage: Storage): OutboxItem[] {
  const text = storage.getItem(STORAGE_KEY);
  if (text === null) return [];
  try {
    const stored = z.array(StoredItemSchema).safeParse(JSON.parse(text));
    return stored.success ? stored.data.map((item) => ({ ...item, state: 'queued' })) : [];
  } catch {
    return [];
  }
}
