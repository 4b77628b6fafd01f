import type { PreviewLabel } from '@spt-flow/shared/domain/preview-label';
import type { Clock } from '../../lib/clock.ts';
import { createTtlCache } from '../../lib/ttl-cache.ts';
import type { PreviewTarget, PreviewTargets } from './previews-repository.ts';

/** How long a change that another replica made may go unnoticed. */
const TTL_MS = 2_000;
const MAX_ENTRIES = 10_000;

export interface TargetCache {
  find(name: string, label: PreviewLabel): Promise<PreviewTarget | undefined>;
  /** Something changed that decides where previews lead or who may see them. */
  forget(): void;
}

/** createTargetCache asks the database once in a while instead of for each request of a page. */
export function createTargetCache(
  targets: Pick<PreviewTargets, 'byLabel'>,
  clock: Pick<Clock, 'monotonicMs'>,
): TargetCache {
  const cache = createTtlCache<PreviewTarget>({ ttlMs: TTL_MS, maxEntries: MAX_ENTRIES, clock });
  return {
    find: (name, label) => cache.get(name, () => targets.byLabel(label)),
    forget: cache.forget,
  };
}
