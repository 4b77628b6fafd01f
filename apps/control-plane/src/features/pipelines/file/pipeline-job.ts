export const WHEN = ['on_success', 'on_failure', 'always', 'manual', 'never'] as const;
export type When = (typeof WHEN)[number];

export interface JobArtifacts {
  /** Patterns of the shell, relative to the project. */
  readonly paths: readonly string[];
  readonly when: 'on_success' | 'on_failure' | 'always';
  readonly keepSeconds: number;
}

/** PipelineJob is a job of a pipeline file, with what its defaults gave it. */
export interface PipelineJob {
  readonly name: string;
  readonly stage: string;
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

/** PipelinePlan is what a build does, in order. */
export interface PipelinePlan {
  readonly stages: readonly string[];
  readonly jobs: readonly PipelineJob[];
  /** What the file says that changes nothing here, in words for people. */
  readonly notes: readonly string[];
}
