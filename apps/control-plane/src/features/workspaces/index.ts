export type { WorkspaceProvider } from './provider.ts';
export { createPrices, type Prices } from './prices.ts';
export { createProviders } from './providers.ts';
export { createLocalProvider } from './providers/local/local-provider.ts';
export { createServerProvider } from './providers/server-provider.ts';
export type { WorkspaceContent } from './workspace-content.ts';
export { createWorkspaces, type Workspaces, type WorkspacesDeps } from './workspaces.ts';
export { registerWorkspaceRoutes } from './workspaces-routes.ts';
export { createDockerProvider, type DockerProvider } from './providers/docker/docker-provider.ts';
