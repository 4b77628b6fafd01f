import { setTimeout as sleep } from 'node:timers/promises';

export interface Bandwidth {
  /** Resolves when so many bytes may be sent. */
  take(bytes: number): Promise<void>;
}

export interface BandwidthDeps {
  readonly bytesPerSecond: number;
  readonly monotonicMs: () => number;
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** createBandwidth shares what there is: who asks for a piece at a time gets as many pieces as all others. */
export function createBandwidth({
  bytesPerSecond,
  monotonicMs,
  wait = (ms) => sleep(ms, undefined, { ref: false }),
}: BandwidthDeps): Bandwidth {
  let freeAtMs = 0;
  return {
    async take(bytes) {
      const nowMs = monotonicMs();
      const startMs = Math.max(nowMs, freeAtMs);
      freeAtMs = startMs + (bytes / bytesPerSecond) * 1_000;
      if (startMs > nowMs) await wait(startMs - nowMs);
    },
  };
}
