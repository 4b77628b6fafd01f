import { AttachedSchema, VerdictSchema } from '@spt-flow/shared/api/conversations';
import * as z from 'zod';

const DATABASE = 'spt-flow';
const STORE = 'outbox';

/** What goes along with the words of a message. */
const MessageExtrasSchema = z.object({
  attachments: z.array(AttachedSchema).optional(),
  planFirst: z.boolean().optional(),
  verdict: VerdictSchema.optional(),
});
export type MessageExtras = z.infer<typeof MessageExtrasSchema>;

const StoredMessageSchema = z.object({
  clientMessageId: z.string(),
  target: z.string(),
  content: z.string(),
  extras: MessageExtrasSchema.default({}),
  createdAt: z.string(),
});
export type StoredMessage = z.infer<typeof StoredMessageSchema>;

/** OutboxStore keeps messages that were not sent yet, one entry each, so that tabs never overwrite each other's. */
export interface OutboxStore {
  /** In the order of writing. */
  load(): Promise<StoredMessage[]>;
  put(message: StoredMessage): Promise<void>;
  has(clientMessageId: string): Promise<boolean>;
  remove(clientMessageId: string): Promise<void>;
}

/** createMemoryStore is for browsers that keep nothing: messages are sent, but do not survive a reload. */
export function createMemoryStore(): OutboxStore {
  const entries = new Map<string, StoredMessage>();
  return {
    load: async () => inOrder([...entries.values()]),
    put: async (message) => void entries.set(message.clientMessageId, message),
    has: async (id) => entries.has(id),
    remove: async (id) => void entries.delete(id),
  };
}

/** createIndexedStore keeps the messages in IndexedDB, or in memory where the browser has none, as in some private windows. */
export function createIndexedStore(): OutboxStore {
  const opened = openDatabase().then(
    (database) => storeIn(database),
    () => createMemoryStore(),
  );
  return {
    load: async () => (await opened).load(),
    put: async (message) => (await opened).put(message),
    has: async (id) => (await opened).has(id),
    remove: async (id) => (await opened).remove(id),
  };
}

function storeIn(database: IDBDatabase): OutboxStore {
  const entries = (mode: IDBTransactionMode) =>
    database.transaction(STORE, mode).objectStore(STORE);
  return {
    async load() {
      const found = z.array(z.unknown()).parse(await resultOf(entries('readonly').getAll()));
      const messages = found.map((entry) => StoredMessageSchema.safeParse(entry).data);
      return inOrder(messages.filter((message) => message !== undefined));
    },
    put: async (message) => void (await resultOf(entries('readwrite').put(message))),
    has: async (id) => (await resultOf(entries('readonly').count(id))) > 0,
    remove: async (id) => void (await resultOf(entries('readwrite').delete(id))),
  };
}

async function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () =>
    request.result.createObjectStore(STORE, { keyPath: 'clientMessageId' });
  return resultOf(request);
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The browser keeps nothing'));
  });
}

function inOrder(messages: StoredMessage[]): StoredMessage[] {
  return messages.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
}
