/** What every stream may send before the first WINDOW frame; part of the protocol. */
export const INITIAL_WINDOW_BYTES = 256 * 1024;

export interface WindowGrowth {
  readonly nowMs: number;
  /** The path's own round trip; undefined while unknown. */
  readonly roundTripMs: number | undefined;
  /** Asks for more memory than the stream has; false: the tunnel's budget is used up. */
  reserve(bytes: number): boolean;
}

/**
 * ReceiveWindow accounts what a peer may still send on one stream.
 * INVARIANT: bytes held for the consumer + credit in the peer's hands ≤ limit.
 */
export class ReceiveWindow {
  readonly #maxBytes: number;
  #limitBytes = INITIAL_WINDOW_BYTES;
  #availableBytes = INITIAL_WINDOW_BYTES;
  #consumedBytes = 0;
  #lastGrantMs: number | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
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

  /** Takes the credit to return now. The window doubles while half of it passes within a round trip. */
  grant(growth: WindowGrowth): number {
    const extra = this.#isStarved(growth)
      ? Math.min(this.#limitBytes, this.#maxBytes - this.#limitBytes)
      : 0;
    const granted = extra > 0 && growth.reserve(extra) ? extra : 0;
    const credit = this.#consumedBytes + granted;
    this.#limitBytes += granted;
    this.#availableBytes += credit;
    this.#consumedBytes = 0;
    this.#lastGrantMs = growth.nowMs;
    return credit;
  }

  #isStarved({ nowMs, roundTripMs }: WindowGrowth): boolean {
    if (roundTripMs === undefined || this.#lastGrantMs === undefined) return false;
    return nowMs - this.#lastGrantMs < roundTripMs;
  }
}
