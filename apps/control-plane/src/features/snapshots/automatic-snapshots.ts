import { AppError } from '@spt-flow/shared/domain/errors';
import type { Clock } from '../../lib/clock.ts';
import type { SnapshotsRepository } from './snapshots-repository.ts';
import type { SnapshotsService } from './snapshots-service.ts';

const HOUR_MS = 3_600_000;
/** A workspace stands still while it is copied: that is not to happen again and again where it is in vain. */
const RETRY_MS = HOUR_MS;
/** What fails for one for want of a place fails for all. */
const PLACELESS: ReadonlySet<string> = new Set(['snapshot_storage_failed', 'disk_full']);

export interface AutomaticSnapshotsDeps {
  readonly repository: Pick<SnapshotsRepository, 'due'>;
  readonly service: Pick<SnapshotsService, 'keepAutomatic'>;
  readonly clock: Pick<Clock, 'now'>;
  /** 0: none are made. */
  readonly everyHours: number;
  /** Of a workspace. */
  readonly keep: number;
  readonly onError: (error: unknown) => void;
}

/** createAutomaticSnapshots is one look at which workspaces are due, and their snapshots, one after the other. */
export function createAutomaticSnapshots(deps: AutomaticSnapshotsDeps): () => Promise<void> {
  const { repository, service, clock, everyHours, keep, onError } = deps;
  const failedAt = new Map<string, number>();
  let isLooking = false;

  async function lookOnce(): Promise<void> {
    const nowMs = clock.now().getTime();
    for (const id of await repository.due(new Date(nowMs - everyHours * HOUR_MS))) {
      if (nowMs - (failedAt.get(id) ?? 0) < RETRY_MS) continue;
      failedAt.delete(id);
      try {
        await service.keepAutomatic(id, keep);
      } catch (error) {
        failedAt.set(id, nowMs);
        onError(error);
        if (error instanceof AppError && PLACELESS.has(error.code)) return;
      }
    }
  }

  return async () => {
    if (everyHours === 0 || isLooking) return;
    isLooking = true;
    try {
      await lookOnce();
    } finally {
      isLooking = false;
    }
  };
}
