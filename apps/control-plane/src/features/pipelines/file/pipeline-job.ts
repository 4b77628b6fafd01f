export const WHEN = ['on_success', 'on_failure', 'always', 'manual', 'never'] as const;
export type When = (typeof WHEN)[number];

export interface JobArtifacts {
  /** Patterns of the shell, relative to the project. */
  readonly paths: readonly string[];
  readonly when: 'on_success' | 'on_failure' | 'always';
  readonly keepSeconds: number;
}

/** Need is a job that has to be over before another one begins. */
export interface Need {
  readonly job: string;
  /** Its artifacts are wanted. */
  readonly hasArtifacts: boolean;
  readonly isOptional: boolean;
}

/** PipelineJob is a job of a pipeline file, with what its defaults gave it. */
export interface PipelineJob {
  readonly name: string;
  readonly stage: string;
  /** Null: all of the stages before. */
  readonly needs: readonly Need[] | null;
  /** Null: that of the project's workspaces. */
  readonly image: string | null;
  /** Commands of `before_script` and `script`, one after the other. */
  readonly script: readonly string[];
  /** Run whatever became of the script. */
  readonly afterScript: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly when: When;
  readonly mayFail: boolean;
  readonly timeoutSeconds: number;
  readonly artifacts: JobArtifacts | null;
  /** It wants a container engine beside it (`services: [docker:dind]`). */
  readonly needsEngine: boolean;
}

/** PipelinePlan is what a build does, in the order of its stages. */
export interface PipelinePlan {
  readonly stages: readonly string[];
  readonly jobs: readonly PipelineJob[];
  /** What the file says that changes nothing here, in words for people. */
  readonly notes: readonly string[];
}
