import type { Duplex } from 'node:stream';
import {
  LiveClientMessageSchema,
  type LiveClientMessage,
  type LiveServerMessage,
} from '@spt-flow/shared/api/live';
import type { RawData, WebSocket } from 'ws';
import type { Principal } from '../../lib/principal.ts';
import type { LiveSource } from './event-log.ts';
import { encodeMessage } from './live-frame.ts';
import { Subscription } from './subscription.ts';
import type { TopicReader } from './topic-reader.ts';

/** More than any page needs; a client that asks for more is broken or hostile. */
const MAX_SUBSCRIPTIONS = 50;
/** Messages that wait for those before them; no more are read meanwhile. */
const MAX_WAITING_MESSAGES = 100;
/** A client that reads slower than this much behind is waited for. */
const HIGH_WATER_BYTES = 256 * 1024;

export interface LiveConnectionOptions {
  readonly socket: WebSocket;
  /** What the WebSocket is carried by. INVARIANT: all that is written to it is whole frames. */
  readonly wire: Duplex;
  readonly principal: Principal;
  /** The source of a topic, when this principal may follow it. */
  readonly sourceFor: (principal: Principal, topic: string) => Promise<LiveSource | undefined>;
  /** Projects of which this principal is told nothing. */
  readonly hiddenFrom: (principal: Principal) => Promise<ReadonlySet<string>>;
  /** Reads for all connections of the process. */
  readonly readerOf: (source: LiveSource) => TopicReader;
  readonly onError: (error: unknown) => void;
}

/** LiveConnection is one client's WebSocket with its subscriptions. */
export class LiveConnection {
  readonly #options: LiveConnectionOptions;
  readonly #subscriptions = new Map<string, Subscription>();
  #principal: Principal;
  /** Undefined until something is followed. */
  #hidden: ReadonlySet<string> | undefined;
  /** How often rights were looked at again. */
  #era = 0;
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(options: LiveConnectionOptions) {
    this.#options = options;
    this.#principal = options.principal;
    options.socket.on('message', (data, isBinary) => this.#enqueue(isBinary ? '' : textOf(data)));
  }

  wake(topic: string): void {
    this.#subscriptions.get(topic)?.wake().catch(this.#options.onError);
  }

  /** After the database connection was lost: notifications may have been missed. */
  wakeAll(): void {
    for (const topic of this.#subscriptions.keys()) this.wake(topic);
  }

  /** Rights may have changed: topics that are out of reach end, and pages load their lists anew. */
  async lookAgain(principal: Principal): Promise<void> {
    const { hiddenFrom } = this.#options;
    this.#principal = principal;
    this.#era += 1;
    const before = this.#hidden;
    if (!before) return;
    this.#hidden = await hiddenFrom(principal);
    const isSame = isSameSet(this.#hidden, before);
    for (const topic of [...this.#subscriptions.keys()]) {
      if (!topic.startsWith('organization:')) await this.#checkReach(topic);
      else if (!isSame) this.#end(topic, { type: 'reset', topic });
    }
  }

  async #checkReach(topic: string): Promise<void> {
    if (await this.#options.sourceFor(this.#principal, topic)) return;
    this.#end(topic, { type: 'refused', topic, code: 'not_found' });
  }

  #end(topic: string, message: LiveServerMessage): void {
    this.#subscriptions.get(topic)?.close();
    this.#subscriptions.delete(topic);
    this.#tell(message).catch(this.#options.onError);
  }

  close(): void {
    for (const subscription of this.#subscriptions.values()) subscription.close();
    this.#subscriptions.clear();
  }

  /** In order: an unsubscribe must not overtake the subscribe before it. */
  #enqueue(text: string): void {
    const { socket, onError } = this.#options;
    this.#waiting += 1;
    if (this.#waiting >= MAX_WAITING_MESSAGES) socket.pause();
    this.#queue = this.#queue
      .then(() => this.#receive(text))
      .catch(onError)
      .then(() => {
        this.#waiting -= 1;
        if (socket.isPaused) socket.resume();
      });
  }

  async #receive(text: string): Promise<void> {
    const message = parseMessage(text);
    if (!message) return this.#options.socket.close(1003, 'Not a message of the live protocol');
    if (message.type === 'ping') return this.#tell({ type: 'pong' });
    this.#subscriptions.get(message.topic)?.close();
    this.#subscriptions.delete(message.topic);
    if (message.type === 'subscribe') await this.#subscribe(message.topic, message.after);
  }

  async #subscribe(topic: string, after: number | null): Promise<void> {
    const { sourceFor, hiddenFrom } = this.#options;
    const era = this.#era;
    this.#hidden ??= await hiddenFrom(this.#principal);
    const full = this.#subscriptions.size >= MAX_SUBSCRIPTIONS;
    const source = full ? undefined : await sourceFor(this.#principal, topic);
    if (!source)
      return this.#tell({
        type: 'refused',
        topic,
        code: full ? 'limit_reached' : 'not_found',
      });
    const cursor = await source.cursor(topic);
    const start = after ?? cursor;
    const missed = start > cursor || start < (await source.horizon(topic));
    if (missed) return this.#tell({ type: 'reset', topic });
    await this.#tell({ type: 'subscribed', topic, cursor: start });
    const subscription = new Subscription({
      topic,
      read: this.#options.readerOf(source),
      outlet: {
        send: (frame) => this.#send(frame),
        mayHear: (projectId) => this.#hidden?.has(projectId) !== true,
      },
      after: start,
    });
    this.#subscriptions.set(topic, subscription);
    // What was taken away since it was asked for was not among what ended.
    if (era !== this.#era) await this.#checkReach(topic);
    await subscription.wake();
  }

  #tell(message: LiveServerMessage): Promise<void> {
    return this.#send(encodeMessage(message));
  }

  /** Resolves once there is room for more. Frames that many share are not made again by each of their sockets. */
  #send(frame: Buffer): Promise<void> {
    const { socket, wire } = this.#options;
    if (socket.readyState !== socket.OPEN || !wire.writable) return Promise.resolve();
    if (wire.writableLength <= HIGH_WATER_BYTES) {
      wire.write(frame);
      return Promise.resolve();
    }
    return new Promise((resolve) => wire.write(frame, () => resolve()));
  }
}

function isSameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}

function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : '';
}

function parseMessage(text: string): LiveClientMessage | undefined {
  try {
    return LiveClientMessageSchema.parse(JSON.parse(text));
  } catch {
    // Not JSON or not of the protocol: the caller closes the connection.
    return undefined;
  }
}
