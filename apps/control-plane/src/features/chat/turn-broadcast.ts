import type { TurnStep } from '@spt-flow/shared/api/conversations';
import type { ChatLogger } from './chat-deps.ts';
import type { TurnSink } from './pipeline/turn-types.ts';
import type { StoreProgress, TurnProgress } from './turn-progress-repository.ts';

/** The least time between two writes of streamed words: often enough for the eye, seldom enough for the database. */
const GATHER_MS = 40;

export interface BroadcastDeps {
  readonly store: StoreProgress;
  readonly logger: ChatLogger;
}

export interface BroadcastTarget {
  readonly topic: string;
  readonly messageId: string;
}

/**
 * TurnBroadcast tells live clients what a turn says, in order.
 * INVARIANT: an event and the stored message change in one transaction, so a page and its cursor always agree.
 */
export class TurnBroadcast implements TurnSink {
  readonly #deps: BroadcastDeps;
  readonly #target: BroadcastTarget;
  readonly #steps = new Map<string, TurnStep>();
  #content = '';
  #gathered = '';
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(deps: BroadcastDeps, target: BroadcastTarget) {
    this.#deps = deps;
    this.#target = target;
  }

  text(delta: string): void {
    this.#gathered += delta;
    if (this.#timer === undefined) this.#openWindow();
  }

  step(step: TurnStep): void {
    this.#flushText();
    this.#steps.set(step.id, step);
    this.#store({ type: 'message.step', messageId: this.#target.messageId, step });
  }

  /** Resolves when everything said so far is stored. */
  async settle(): Promise<void> {
    this.#flushText();
    await this.#last;
  }

  /** The first words go at once; those that come until they are stored, and a moment longer, go together. */
  #openWindow(): void {
    this.#storeText();
    const timer = setTimeout(() => {
      void this.#last.then(() => {
        if (this.#timer !== timer) return;
        this.#timer = undefined;
        if (this.#gathered !== '') this.#openWindow();
      });
    }, GATHER_MS);
    this.#timer = timer;
  }

  #flushText(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#storeText();
  }

  #storeText(): void {
    const text = this.#gathered;
    if (text === '') return;
    this.#gathered = '';
    this.#content += text;
    this.#store({ type: 'message.delta', messageId: this.#target.messageId, text });
  }

  #store(event: TurnProgress['event']): void {
    const { store, logger } = this.#deps;
    const progress = {
      ...this.#target,
      content: this.#content,
      metadata: { state: 'running' as const, steps: [...this.#steps.values()] },
      event,
    };
    this.#last = this.#last
      .then(() => store(progress))
      // The final message holds everything, so a lost piece of progress only shows later.
      .catch((error: unknown) =>
        logger.error(
          { err: error, messageId: progress.messageId },
          'progress of a turn was not stored',
        ),
      );
  }
}
