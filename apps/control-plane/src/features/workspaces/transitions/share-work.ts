import type { Replicas } from '../../replicas/index.ts';
import type { ForceDelete } from './force-delete.ts';
import { serveWork } from './serve-work.ts';
import {
  aloneReconciler,
  createSharedReconciler,
  type SharedReconciler,
  type SharedReconcilerDeps,
} from './shared-reconciler.ts';

interface ShareWorkDeps extends Omit<SharedReconcilerDeps, 'replicas'> {
  /** Unset: this is the only one. */
  readonly replicas: Replicas | undefined;
  readonly forceDelete: ForceDelete;
}

/** shareWork does for others what this replica has to do, and has others do what they have to. */
export function shareWork({ replicas, forceDelete, ...deps }: ShareWorkDeps): {
  shared: SharedReconciler;
  forceDelete: ForceDelete;
} {
  if (!replicas) return { shared: aloneReconciler(deps.local), forceDelete };
  serveWork({ ...deps, replicas, forceDelete });
  const shared = createSharedReconciler({ ...deps, replicas });
  return {
    shared,
    forceDelete: async (workspace) =>
      (await shared.forceDelete(workspace.id)) ?? forceDelete(workspace),
  };
}
