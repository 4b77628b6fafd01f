import type { ServerMetadata } from 'openid-client';
import type { Clock } from '../../../lib/clock.ts';

/** Of browsers that are sent there: at a service that went away they would end on a page that is not ours. */
const FRESH_MS = 10_000;
const YOUNG_MS = 60_000;
const AFTER_FAILURE_MS = 15_000;

export interface Discovery {
  /** As it was told a moment ago. Throws where nobody answers now. */
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
  let askedAtMs = Number.NEGATIVE_INFINITY;

  async function askNow(): Promise<ServerMetadata> {
    try {
      known = await deps.ask();
      isAnswering = true;
      return known;
    } catch (error) {
      isAnswering = false;
      deps.onError(error);
      throw error;
    } finally {
      askedAtMs = deps.clock.monotonicMs();
      asking = undefined;
    }
  }

  function askOnce(): Promise<ServerMetadata> {
    asking ??= askNow();
    return asking;
  }

  function isOlderThan(ms: number): boolean {
    return deps.clock.monotonicMs() - askedAtMs >= ms;
  }

  return {
    get: async () => (known && isAnswering && !isOlderThan(FRESH_MS) ? known : askOnce()),
    isAnswering() {
      if (isOlderThan(isAnswering ? YOUNG_MS : AFTER_FAILURE_MS))
        void askOnce().catch(() => undefined);
      return isAnswering;
    },
    get known() {
      return known;
    },
  };
}
