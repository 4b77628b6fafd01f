import type { Clock } from '../../lib/clock.ts';
import { createTtlCache } from '../../lib/ttl-cache.ts';
import type { DomainsRepository } from './domains-repository.ts';

/** How long a change that another replica made may go unnoticed. */
const TTL_MS = 2_000;
const ALL = 'all';

/** ServedDomains answers from memory at which names apps answer: strangers choose the names that are asked for. */
export interface ServedDomains {
  /** The slug of the project whose app answers there. */
  slugOf(name: string): Promise<string | undefined>;
  forget(): void;
}

export function createServedDomains(
  repository: Pick<DomainsRepository, 'served'>,
  clock: Pick<Clock, 'monotonicMs'>,
): ServedDomains {
  const cache = createTtlCache<ReadonlyMap<string, string>>({
    ...{ ttlMs: TTL_MS, maxEntries: 1, clock },
  });
  let asking: Promise<ReadonlyMap<string, string> | undefined> | undefined;

  async function read(): Promise<ReadonlyMap<string, string>> {
    const rows = await repository.served();
    return new Map(rows.map(({ name, slug }) => [name, slug]));
  }

  return {
    async slugOf(name) {
      asking ??= cache.get(ALL, read).finally(() => (asking = undefined));
      return (await asking)?.get(name);
    },
    forget() {
      asking = undefined;
      cache.forget();
    },
  };
}
