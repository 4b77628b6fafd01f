export {
  TemplateBeforeSchema,
  type Blueprint,
  type ChosenSettings,
  type PreviewWorkspace,
} from './making/index.ts';
export {
  createPermit,
  createPrices,
  denialText,
  diskLevelOf,
  diskUseOf,
  diskWords,
  openRegoPolicy,
  settingsOf,
  templateOf,
  type Asked,
  type DiskUse,
  type Permit,
  type Prices,
  type WorkspacePolicy,
} from './policy/index.ts';
export type { Furnishing, FurnishingContext } from './operations/index.ts';
export { createHostsRepository, type HostsRepository } from './hosts-repository.ts';
export { revisionOf } from './revision.ts';
export type { WorkspaceContent } from './workspace-content.ts';
export { createWorkspaces, type Workspaces, type WorkspacesDeps } from './workspaces.ts';
export type { WorkspaceRow } from './workspaces-repository.ts';
export { registerWorkspaceRoutes } from './workspaces-routes.ts';
export type { WorkspaceService } from './workspaces-service.ts';
