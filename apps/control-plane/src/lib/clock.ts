/** Clock is injected wherever time decides something, so that tests can move it. */
export interface Clock {
  now(): Date;
  /** Never jumps; only differences mean something. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};
