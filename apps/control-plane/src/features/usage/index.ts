export { createUsage } from './usage.ts';
export { registerUsageRoutes } from './usage-routes.ts';
