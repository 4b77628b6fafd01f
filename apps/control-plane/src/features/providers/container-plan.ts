import type { ContainerMount } from './container-mount.ts';
import type { ServiceDependency, ServicePlan } from './service-plan.ts';

/** ContainerPlan is what the repository's own devcontainer asks of its container, after policy permitted it. */
export interface ContainerPlan {
  /** Present in the engine already. */
  readonly image: string;
  /** Whom the agent, and so everything in the workspace, runs as; null: the user of the image. */
  readonly user: string | null;
  /** Where the project's files are mounted. */
  readonly workspaceFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly ContainerMount[];
  /** Added to those of the workspace's isolation profile. */
  readonly capabilities: readonly string[];
  readonly securityOptions: readonly string[];
  readonly privileged: boolean;
  /** An init process reaps what its parents left. */
  readonly init: boolean;
  /** Runs beside the agent, as the user; null: nothing. */
  readonly command: readonly string[] | null;
  /** Names that the services know it by. */
  readonly aliases: readonly string[];
  /** Shares its network with this service: an address, and `localhost`; null: its own. */
  readonly networkOf: string | null;
  /** What its own command, and whoever works in it, waits for. */
  readonly dependsOn: readonly ServiceDependency[];
  /** In the order in which they are started. */
  readonly services: readonly ServicePlan[];
}
