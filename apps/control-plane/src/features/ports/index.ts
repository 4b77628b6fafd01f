export { registerPortRoutes } from './ports-routes.ts';
export { createPorts, type Ports } from './ports.ts';
