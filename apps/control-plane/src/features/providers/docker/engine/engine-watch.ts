import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { Engine } from './engine.ts';
import type { Labels } from '../../labels.ts';
import { filtersFor } from './label-filters.ts';
import { linesOf } from './lines.ts';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 1_000;
/** Whoever stops a workspace often starts one: what is known of the engine stays known until then. */
const LINGER_MS = 60_000;

/** In the words of Docker, and where Podman has others in those. */
const ENDS = ['die', 'died', 'destroy', 'remove', 'oom', 'pause'];

const EventSchema = z.object({ Actor: z.object({ ID: z.string() }) });

export interface EngineWatchOptions {
  readonly engine: Engine;
  readonly labels: Labels;
  /** A container may have ended. */
  readonly onEvent: (containerId: string) => void;
  /** Events may have been missed: the engine was away, or this is the first look. */
  readonly onConnected: () => void;
}

/**
 * EngineWatch listens to the engine while somebody has something in it.
 *
 * INVARIANT: one subscription for all containers; one that breaks is made anew until `close`.
 */
export class EngineWatch {
  readonly #options: EngineWatchOptions;
  #stream: Readable | undefined;
  #wanted = false;
  #leaving: NodeJS.Timeout | undefined;
  #opened: Promise<void> | undefined;

  constructor(options: EngineWatchOptions) {
    this.#options = options;
  }

  /** Resolves once events arrive; rejects when the engine does not answer. */
  open(): Promise<void> {
    clearTimeout(this.#leaving);
    this.#wanted = true;
    this.#opened ??= this.#start();
    return this.#opened;
  }

  /** Nobody has something in it: it is left alone after a while. */
  close(): void {
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => {
      this.#wanted = false;
      this.#stream?.destroy();
    }, LINGER_MS).unref();
  }

  async #start(): Promise<void> {
    try {
      const stream = await this.#subscribe();
      void this.#follow(stream).finally(() => {
        this.#opened = undefined;
      });
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }

  async #follow(first: Readable): Promise<void> {
    let stream: Readable | undefined = first;
    while (stream) {
      this.#stream = stream;
      this.#options.onConnected();
      await this.#read(stream);
      stream = await this.#reconnect();
    }
  }

  async #read(stream: Readable): Promise<void> {
    try {
      for await (const line of linesOf(stream.setEncoding('utf8'))) this.#tell(line);
    } catch {
      // The engine went away: the next subscription looks at everything anew.
    }
  }

  #tell(line: string): void {
    this.#options.onEvent(EventSchema.parse(JSON.parse(line)).Actor.ID);
  }

  async #reconnect(): Promise<Readable | undefined> {
    let delayMs = FIRST_RETRY_MS;
    // One that takes each subscription and ends it at once must not keep this process busy.
    if (this.#isWanted()) await delay(FIRST_RETRY_MS, undefined, { ref: false });
    while (this.#isWanted()) {
      const stream = await this.#subscribe().catch(() => undefined);
      if (stream && this.#isWanted()) return stream;
      stream?.destroy();
      await delay(delayMs, undefined, { ref: false });
      delayMs = Math.min(LONGEST_RETRY_MS, delayMs * 2);
    }
    return undefined;
  }

  #isWanted(): boolean {
    return this.#wanted;
  }

  async #subscribe(): Promise<Readable> {
    const { engine, labels } = this.#options;
    const filters = filtersFor(labels, { type: ['container'], event: ENDS });
    const stream = await engine.api.getEvents({ filters });
    const readable = stream instanceof Readable ? stream : new Readable().wrap(stream);
    // A connection that is reset tells so before anybody reads.
    return readable.on('error', () => undefined);
  }
}
