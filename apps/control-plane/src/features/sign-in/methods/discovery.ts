import type { ServerMetadata } from 'openid-client';
import type { Clock } from '../../../lib/clock.ts';

const YOUNG_MS = 10 * 60_000;
const AFTER_FAILURE_MS = 15_000;

export interface Discovery {
  /** Of the last ten minutes; older where the service does not answer now. Throws where it never did. */
  get(): Promise<ServerMetadata>;
  isAnswering(): boolean;
  /** The last that is known. */
  readonly known: ServerMetadata | undefined;
}

/** createDiscovery remembers what a provider says of itself, and whether it says anything. */
export function createDiscovery(deps: {
  readonly ask: () => Promise<ServerMetadata>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly onError: (error: unknown) => void;
}): Discovery {
  let known: ServerMetadata | undefined;
  let asking: Promise<ServerMetadata> | undefined;
  let isAnswering = true;
  let nextAtMs = 0;

  async function askNow(): Promise<ServerMetadata> {
    try {
      known = await deps.ask();
      isAnswering = true;
      nextAtMs = deps.clock.monotonicMs() + YOUNG_MS;
      return known;
    } catch (error) {
      isAnswering = false;
      nextAtMs = deps.clock.monotonicMs() + AFTER_FAILURE_MS;
      deps.onError(error);
      throw error;
    } finally {
      asking = undefined;
    }
  }

  function askOnce(): Promise<ServerMetadata> {
    asking ??= askNow();
    return asking;
  }

  return {
    async get() {
      const isDue = deps.clock.monotonicMs() >= nextAtMs;
      if (known && !isDue) return known;
      const stale = known;
      return askOnce().catch((error: unknown) => {
        if (stale) return stale;
        throw error;
      });
    },
    isAnswering() {
      if (deps.clock.monotonicMs() >= nextAtMs) void askOnce().catch(() => undefined);
      return isAnswering;
    },
    get known() {
      return known;
    },
  };
}
