import type { LiveServerMessage } from '@spt-flow/shared/api/live';
import { LiveEventSchema } from '@spt-flow/shared/api/live';
import type { LiveSource } from './event-log.ts';

const BATCH_ROWS = 200;

/** Outlet is the client's end: `send` resolves once there is room for more. */
export interface Outlet {
  send(message: LiveServerMessage): Promise<void>;
}

/**
 * Subscription carries the rows of one topic to one client.
 *
 * INVARIANTS: one read at a time; the cursor only grows; a wake during a read leads to another read.
 */
export class Subscription {
  readonly #topic: string;
  readonly #source: LiveSource;
  readonly #outlet: Outlet;
  #cursor: number;
  #reading = false;
  #woken = false;
  #closed = false;

  constructor(options: { topic: string; source: LiveSource; outlet: Outlet; after: number }) {
    this.#topic = options.topic;
    this.#source = options.source;
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
      const rows = await this.#source.read(this.#topic, this.#cursor, BATCH_ROWS);
      for (const row of rows) {
        if (this.#closed) return;
        this.#cursor = row.cursor;
        const event = LiveEventSchema.safeParse(row.event);
        // A row of another version of the contract: this client can't know it.
        if (!event.success) continue;
        await this.#outlet.send({
          type: 'event',
          topic: this.#topic,
          cursor: row.cursor,
          at: row.at.toISOString(),
          event: event.data,
        });
      }
      if (rows.length < BATCH_ROWS) return;
    }
  }
}
