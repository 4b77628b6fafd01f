import type { WindowBudget } from './window-budget.ts';

/** What every stream may send before the first WINDOW frame; part of the protocol. */
export const INITIAL_WINDOW_BYTES = 256 * 1024;
/** What is seen in less time tells more of the turns of the event loop than of the path. */
const MIN_OBSERVATION_MS = 10;
/** What took this many times longer than needed was interrupted, and tells nothing. */
const INTERRUPTED_FACTOR = 8;

/** What is known of the path when a window gives credit. */
export interface PathView {
  readonly nowMs: number;
  /** The path's own round trip; undefined while unknown. */
  readonly roundTripMs: number | undefined;
}

/**
 * ReceiveWindow accounts what a peer may still send on one stream, and follows bandwidth × delay: it
 * doubles while a round trip takes more than half of it, and halves while it takes less than an eighth.
 * INVARIANT: bytes held for the consumer + credit in the peer's hands ≤ limit ≤ maximum.
 */
export class ReceiveWindow {
  readonly #maxBytes: number;
  readonly #budget: WindowBudget;
  #limitBytes = INITIAL_WINDOW_BYTES;
  #availableBytes = INITIAL_WINDOW_BYTES;
  #consumedBytes = 0;
  #observedBytes = 0;
  #observedSinceMs: number | undefined;

  constructor({ maxBytes, budget }: { maxBytes: number; budget: WindowBudget }) {
    this.#maxBytes = maxBytes;
    this.#budget = budget;
  }

  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** False: the peer sent more than it was allowed to. */
  accept(bytes: number): boolean {
    this.#availableBytes -= bytes;
    return this.#availableBytes >= 0;
  }

  /** Notes that the consumer took bytes; true once it is worth returning credit. */
  consume(bytes: number): boolean {
    this.#consumedBytes += bytes;
    return this.#consumedBytes * 2 >= this.#limitBytes;
  }

  /** Takes the credit to return now; none while the window shrinks. */
  grant(path: PathView): number {
    const before = this.#limitBytes;
    this.#observedBytes += this.#consumedBytes;
    this.#resize(path);
    const credit = this.#consumedBytes + this.#limitBytes - before;
    this.#availableBytes += credit;
    this.#consumedBytes = 0;
    return credit;
  }

  /** Gives back what it had of the budget; call it once, when the stream is over. */
  release(): void {
    this.#budget.giveBack(this.#limitBytes - INITIAL_WINDOW_BYTES);
  }

  #resize({ nowMs, roundTripMs }: PathView): void {
    if (roundTripMs === undefined) return;
    const neededMs = Math.max(roundTripMs, MIN_OBSERVATION_MS);
    const elapsedMs = nowMs - (this.#observedSinceMs ?? nowMs);
    if (this.#observedSinceMs !== undefined && elapsedMs < neededMs) return;
    const bytesPerRoundTrip = (this.#observedBytes / elapsedMs) * roundTripMs;
    this.#observedSinceMs = nowMs;
    this.#observedBytes = 0;
    if (elapsedMs === 0 || elapsedMs > neededMs * INTERRUPTED_FACTOR) return;
    if (bytesPerRoundTrip * 2 > this.#limitBytes) this.#grow();
    else if (bytesPerRoundTrip * 8 < this.#limitBytes) this.#shrink();
  }

  #grow(): void {
    const bytes = Math.min(this.#limitBytes, this.#maxBytes - this.#limitBytes);
    if (bytes > 0 && this.#budget.take(bytes)) this.#limitBytes += bytes;
  }

  #shrink(): void {
    const half = Math.floor(this.#limitBytes / 2);
    const bytes = Math.min(half, this.#limitBytes - INITIAL_WINDOW_BYTES);
    this.#limitBytes -= bytes;
    this.#budget.giveBack(bytes);
  }
}
