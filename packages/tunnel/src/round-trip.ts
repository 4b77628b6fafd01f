/** How much one sample may raise the estimate: a path that became longer is believed slowly. */
const RISE_PER_SAMPLE = 1.05;

/**
 * RoundTrip estimates the path's own delay: the smallest recent sample, because samples taken
 * under load measure our own queues, and windows sized by queues would grow them.
 */
export class RoundTrip {
  #estimateMs: number | undefined;

  get estimateMs(): number | undefined {
    return this.#estimateMs;
  }

  add(sampleMs: number): void {
    const ceiling = this.#estimateMs === undefined ? sampleMs : this.#estimateMs * RISE_PER_SAMPLE;
    this.#estimateMs = Math.min(sampleMs, ceiling);
  }
}
