export { createSnapshots, type Snapshots } from './snapshots.ts';
export { registerSnapshotRoutes } from './snapshots-routes.ts';
