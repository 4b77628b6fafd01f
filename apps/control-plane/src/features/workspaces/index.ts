export { TemplateBeforeSchema, type Blueprint } from './blueprint.ts';
export {
  createPermit,
  denialText,
  settingsOf,
  templateOf,
  type Asked,
  type Permit,
  type WorkspacePolicy,
} from './policy.ts';
export { openRegoPolicy } from './rego-policy.ts';
export { diskLevelOf, diskUseOf, diskWords, type DiskUse } from './disk-limit.ts';
export type { ContainerMount } from './container-mount.ts';
export type { ContainerPlan } from './container-plan.ts';
export type { ServiceMount, ServicePlan } from './service-plan.ts';
export type { Furnishing, FurnishingContext } from './furnishing.ts';
export type { WorkspacePart, WorkspaceProvider } from './provider.ts';
export { revisionOf } from './revision.ts';
export { createPrices, type Prices } from './prices.ts';
export { createProviders } from './providers.ts';
export { createLocalProvider } from './providers/local/local-provider.ts';
export { createCoderClient, type CoderClient } from './providers/coder/coder-client.ts';
export type { CoderTemplate, RichParameter } from './providers/coder/coder-shapes.ts';
export { createCoderProvider, isReachableFrom } from './providers/coder/coder-provider.ts';
export { createServerProvider } from './providers/server-provider.ts';
export type { ChosenSettings } from './insert-workspace.ts';
export type { Choosing } from './place-choice.ts';
export type { PreviewWorkspace } from './workspace-preview.ts';
export type { WorkspaceContent } from './workspace-content.ts';
export { createWorkspaces, type Workspaces, type WorkspacesDeps } from './workspaces.ts';
export type { WorkspaceRow } from './workspaces-repository.ts';
export { registerWorkspaceRoutes } from './workspaces-routes.ts';
export { createDockerProvider, type DockerProvider } from './providers/docker/docker-provider.ts';
export { createAppImages, type AppImages } from './providers/docker/app-images.ts';
export {
  createKubernetesProvider,
  type KubernetesProvider,
} from './providers/kubernetes/kubernetes-provider.ts';
export type { ServiceWatch } from './providers/docker/services.ts';
export type { WorkspaceService } from './workspaces-service.ts';
export { LABELS } from './providers/labels.ts';
export { fullWords, isOutOfDisk } from './providers/docker/engine.ts';
export { isFoundById } from './providers/docker/image-identity.ts';
export { volumeName } from './providers/docker/container-options.ts';
export {
  EXTRA_CAPABILITIES,
  EXTRA_SECURITY_OPTIONS,
  PROFILE_CAPABILITIES,
} from './providers/docker/plan-policy.ts';
