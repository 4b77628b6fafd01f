export type { SeedHook } from './first-content.ts';
export type {
  JoinInstructions,
  StartedWorkspace,
  WorkspaceProvider,
  WorkspaceSpec,
} from './provider.ts';
export {
  createLocalProvider,
  type LocalProviderOptions,
} from './providers/local/local-provider.ts';
export type { WorkspaceContent } from './workspace-content.ts';
export {
  createWorkspaces,
  type ReadyHook,
  type Workspaces,
  type WorkspacesDeps,
} from './workspaces.ts';
export { registerWorkspaceRoutes } from './workspaces-routes.ts';
export type { WorkspaceRow } from './workspaces-repository.ts';
export type { NewWorkspace, WorkspaceService } from './workspaces-service.ts';
