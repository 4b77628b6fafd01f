export { createLifecycle, type Lifecycle } from './lifecycle.ts';
export { registerLifecycleRoutes } from './lifecycle-routes.ts';
export type { KeepLast } from './dormancy-keeper.ts';
