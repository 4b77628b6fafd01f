import type { ContainerMount } from './container-mount.ts';

/** ServicePlan is a container beside the workspace's own, in its network and under the same policy, e.g. a database. */
export interface ServicePlan {
  readonly name: string;
  /** Present in the engine already. */
  readonly image: string;
  /** Null: the image says it. */
  readonly user: string | null;
  readonly entrypoint: readonly string[] | null;
  readonly command: readonly string[] | null;
  readonly workingDirectory: string | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly ServiceMount[];
  /** Put into the container before each start: paths of the project, and where they go. */
  readonly copies: readonly { readonly from: string; readonly to: string }[];
  readonly capabilities: readonly string[];
  readonly securityOptions: readonly string[];
  readonly privileged: boolean;
  readonly isReadOnly: boolean;
  readonly init: boolean;
  readonly aliases: readonly string[];
  /** Shares its network with this one: an address, and `localhost`; null: its own. */
  readonly networkOf: string | null;
  readonly dependsOn: readonly ServiceDependency[];
  readonly healthcheck: ServiceHealthcheck | null;
  /** Is started again when it fails. */
  readonly restarts: boolean;
}

export interface ServiceMount extends Omit<ContainerMount, 'kind'> {
  /** `project`: the files of the workspace. */
  readonly kind: ContainerMount['kind'] | 'project';
  readonly isReadOnly: boolean;
}

export interface ServiceDependency {
  readonly service: string;
  readonly condition: 'service_started' | 'service_healthy' | 'service_completed_successfully';
  readonly required: boolean;
}

export interface ServiceHealthcheck {
  /** As the engine takes it: `CMD`, `CMD-SHELL` or `NONE` first; null: the image's own. */
  readonly test: readonly string[] | null;
  /** Null: the engine's default. */
  readonly intervalMs: number | null;
  readonly timeoutMs: number | null;
  readonly startPeriodMs: number | null;
  readonly retries: number | null;
}
