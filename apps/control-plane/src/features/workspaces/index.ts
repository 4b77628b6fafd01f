export type { WorkspaceProvider } from './provider.ts';
export { createLocalProvider } from './providers/local/local-provider.ts';
export type { WorkspaceContent } from './workspace-content.ts';
export { createWorkspaces, type Workspaces, type WorkspacesDeps } from './workspaces.ts';
export { registerWorkspaceRoutes } from './workspaces-routes.ts';
