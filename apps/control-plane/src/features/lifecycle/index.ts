export { createLifecycle, type Lifecycle } from './lifecycle.ts';
export { isWithin } from './schedule-moments.ts';
export { registerLifecycleRoutes } from './lifecycle-routes.ts';
export type { KeepLast } from './dormancy-keeper.ts';
