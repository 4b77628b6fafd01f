export { watchAbsence } from './absence-watch.ts';
export { endOwn } from './end-own.ts';
export { createForceDelete, type ForceDelete } from './force-delete.ts';
export type { Cause } from './lane.ts';
export { createLeftoversRepository } from './leftovers-repository.ts';
export { createOrphanCleanup } from './orphan-cleanup.ts';
export type { Operation } from './perform-transition.ts';
export { createReconciler, type Reconciler } from './reconciler.ts';
export { shareWork } from './share-work.ts';
export { shareOf } from './share.ts';
export type { SharedReconciler } from './shared-reconciler.ts';
export { messageOf, TransitionRun } from './transition-run.ts';
export {
  createTransitionsRepository,
  type TransitionRow,
  type TransitionsRepository,
} from './transitions-repository.ts';
