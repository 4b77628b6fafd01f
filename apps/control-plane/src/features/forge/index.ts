export { createForge } from './create-forge.ts';
export type { Forge } from './forge.ts';
export { registerForgeRoutes } from './forge-routes.ts';
