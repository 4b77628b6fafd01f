import type { TopicReader } from './topic-reader.ts';

/** Outlet is the client's end: `send` resolves once there is room for more. */
export interface Outlet {
  send(frame: Buffer): Promise<void>;
  /** Whether the client may hear of a project. */
  mayHear(projectId: string): boolean;
}

/**
 * Subscription carries the rows of one topic to one client.
 *
 * INVARIANTS: one read at a time; the cursor only grows; a wake during a read leads to another read.
 */
export class Subscription {
  readonly #topic: string;
  readonly #read: TopicReader;
  readonly #outlet: Outlet;
  #cursor: number;
  #reading = false;
  #woken = false;
  #closed = false;

  constructor(options: { topic: string; read: TopicReader; outlet: Outlet; after: number }) {
    this.#topic = options.topic;
    this.#read = options.read;
    this.#outlet = options.outlet;
    this.#cursor = options.after;
  }

  close(): void {
    this.#closed = true;
  }

  async wake(): Promise<void> {
    this.#woken = true;
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#woken && !this.#closed) {
        this.#woken = false;
        await this.#drain();
      }
    } finally {
      this.#reading = false;
    }
  }

  async #drain(): Promise<void> {
    for (;;) {
      const { messages, isLast } = await this.#read(this.#topic, this.#cursor);
      for (const { cursor, frame, projectId } of messages) {
        if (this.#closed) return;
        this.#cursor = cursor;
        if (frame && (projectId === null || this.#outlet.mayHear(projectId)))
          await this.#outlet.send(frame);
      }
      if (isLast) return;
    }
  }
}
