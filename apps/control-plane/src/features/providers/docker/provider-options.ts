import type { PlaceLack } from '@spt-flow/shared/domain/places';
import type { WorkspaceProvider } from '../provider.ts';
import type { ConnectToEngine } from './engine/engine-agent.ts';
import type { Engine } from './engine/engine.ts';
import type { LaunchOptions } from './launch-container.ts';
import type { HostSiteOptions } from './site/host-site.ts';
import type { OwnSiteOptions } from './site/own-site.ts';
import type { Site } from './site/site.ts';

/** What the engine of this machine and those of others have in common. */
export interface ContainerOptions extends LaunchOptions {
  /** Where the build of the agent left its executables. */
  readonly agentDirectory: string;
  /** How long one call to the engine may take. */
  readonly callLimitMs?: number;
  readonly pullStallMs?: number;
}

export interface DockerProviderOptions extends ContainerOptions, OwnSiteOptions {
  /** DOCKER_HOST among them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface HostProviderOptions extends ContainerOptions, HostSiteOptions {
  readonly connect: ConnectToEngine;
  /** One that ran before this process began has ended. */
  readonly onEnded: (workspaceId: string, cause: string) => void;
}

/** What differs between engines by where they are. */
export interface Surroundings extends Required<Pick<WorkspaceProvider, 'virtualizationProblem'>> {
  readonly engine: Engine;
  readonly site: Site;
  readonly lacks?: readonly PlaceLack[];
  /** Absent: what runs ends with this process. */
  readonly onEnded?: HostProviderOptions['onEnded'];
}
