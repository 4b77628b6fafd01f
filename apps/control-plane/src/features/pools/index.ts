export { createPools, type Pools } from './pools.ts';
export { registerPoolRoutes } from './pools-routes.ts';
