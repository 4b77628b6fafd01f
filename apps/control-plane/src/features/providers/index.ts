export { absence, ABSENT_REMEDY, absentWords } from './absent-provider.ts';
export { assertFit } from './assert-fit.ts';
export { createCoderClient, type CoderClient } from './coder/coder-client.ts';
export { createCoderProvider, isReachableFrom } from './coder/coder-provider.ts';
export type { CoderTemplate, RichParameter } from './coder/coder-shapes.ts';
export type { ContainerMount } from './container-mount.ts';
export type { ContainerPlan } from './container-plan.ts';
export { createAppImages, type AppImages } from './docker/images/app-images.ts';
export { volumeName } from './docker/containers/container-options.ts';
export {
  createDockerProvider,
  createHostProvider,
  type DockerProvider,
} from './docker/docker-provider.ts';
export { createHostConnection } from './docker/site/host-connection.ts';
export { assertHostable } from './docker/site/host-site.ts';
export { fullWords, isOutOfDisk } from './docker/engine/engine.ts';
export { isFoundById } from './docker/images/image-identity.ts';
export {
  capabilityName,
  EXTRA_CAPABILITIES,
  EXTRA_SECURITY_OPTIONS,
  PROFILE_CAPABILITIES,
} from './docker/containers/plan-policy.ts';
export type { ServiceWatch } from './docker/services/services.ts';
export { gitConfigOf } from './git-config.ts';
export {
  createKubernetesProvider,
  type KubernetesProvider,
} from './kubernetes/kubernetes-provider.ts';
export { createHosts, type Hosts } from './hosts.ts';
export { LABELS } from './labels.ts';
export { createLocalProvider } from './local/local-provider.ts';
export { measureDisks } from './measure-disks.ts';
export { createPlaceChoice, type Choosing, type PlaceChoice } from './place-choice.ts';
export type {
  StartedWorkspace,
  WorkspaceCopies,
  WorkspaceFiles,
  WorkspacePart,
  WorkspaceProvider,
  WorkspaceReport,
  WorkspaceSpec,
} from './provider.ts';
export { placeName, type Placed, type ProviderName } from './place-name.ts';
export { createProviders, type Providers } from './providers.ts';
export { createServerProvider } from './server-provider.ts';
export type { ServiceMount, ServicePlan } from './service-plan.ts';
