export type { ReportActivity } from './activity-ledger.ts';
export { createLifecycle, type Lifecycle } from './lifecycle.ts';
export { registerLifecycleRoutes } from './lifecycle-routes.ts';
