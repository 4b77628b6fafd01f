import type { Replicas } from '../../replicas/index.ts';
import type { WorkspacesRepository } from '../workspaces-repository.ts';

/** Share is the part of the workspaces that this replica looks after. */
export interface Share {
  /** What runs or is to change, and nobody looks after: it is this one's from now on. */
  take(): Promise<readonly string[]>;
  ofOthers(): Promise<ReadonlySet<string>>;
  /** Takes over when another replica goes; also at once, because one may have gone meanwhile. */
  follow(takeOver: () => Promise<void>): Promise<void>;
}

/** shareOf: without other replicas everything is this one's. */
export function shareOf(
  replicas: Pick<Replicas, 'id' | 'onFreed'> | undefined,
  repository: Pick<WorkspacesRepository, 'active' | 'claimFree' | 'ofOthers'>,
): Share {
  if (replicas)
    return {
      take: () => repository.claimFree(replicas.id),
      ofOthers: () => repository.ofOthers(replicas.id),
      async follow(takeOver) {
        replicas.onFreed(takeOver);
        await takeOver();
      },
    };
  return {
    take: async () => (await repository.active()).map(({ id }) => id),
    ofOthers: async () => new Set(),
    follow: async () => undefined,
  };
}
