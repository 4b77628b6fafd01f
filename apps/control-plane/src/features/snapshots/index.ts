export { createSnapshots } from './snapshots.ts';
export { registerSnapshotRoutes } from './snapshots-routes.ts';
