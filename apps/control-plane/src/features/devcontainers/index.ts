export { openDevcontainers, type OpenDevcontainersDeps } from './open-devcontainers.ts';
export { registerDevcontainerRoutes } from './devcontainers-routes.ts';
