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
