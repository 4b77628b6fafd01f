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
}

/** Never a directory of the host: only what the provider makes for this workspace. */
export interface ContainerMount {
  readonly kind: 'volume' | 'tmpfs';
  /** Names the volume within its workspace; unused by a tmpfs. */
  readonly name: string;
  readonly target: string;
}
