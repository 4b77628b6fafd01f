import type { KnownValue } from '@spt-flow/shared/agent-protocol/known-values';
import type { WorkspaceSettings } from '@spt-flow/shared/domain/workspace-settings';
import type { Clock } from '../../lib/clock.ts';
import type { ProjectSource } from '../git/index.ts';
import type { AppImages, WorkspaceRow } from '../workspaces/index.ts';
import type { BuildMachines } from './build-machines.ts';
import type { OutputRepository } from './output-repository.ts';
import type { PipelineRecords } from './pipeline-records.ts';
import type { PipelinesRepository } from './pipelines-repository.ts';
import type { PipelineRow } from './records-repository.ts';

/** Where the jobs of a project run. */
export interface BuildPlace {
  readonly provider: WorkspaceRow['provider'];
  /** False: the machine runs no images, jobs find its own programs. */
  readonly hasImages: boolean;
  readonly settings: WorkspaceSettings;
}

/** Registry is where images of apps are pushed to. */
export interface Registry {
  /** With the path below which they are, e.g. `registry.example/apps`. */
  readonly prefix: string;
  readonly account: { readonly user: string; readonly password: string } | undefined;
}

export interface DeploySignal {
  readonly projectId: string;
  readonly organizationId: string;
  readonly correlationId: string;
  readonly signal: AbortSignal;
}

export interface PipelineRunDeps {
  readonly records: Pick<PipelineRecords, 'updateStatus' | 'updateJob' | 'endJobs'>;
  readonly pipelines: Pick<PipelinesRepository, 'changeJob' | 'projectOf'>;
  readonly output: OutputRepository;
  readonly machines: Pick<BuildMachines, 'open'>;
  readonly source: ProjectSource;
  readonly placeOf: (projectId: string) => Promise<BuildPlace>;
  /** Secrets that are bound to the project, or to its organization. */
  readonly secretsOf: (owner: {
    readonly organizationId: string;
    readonly projectId: string;
  }) => Promise<readonly KnownValue[]>;
  readonly images: AppImages;
  readonly registry: Registry | undefined;
  /** Puts the app online as publishing does; says in words what came of it. */
  readonly deploy: (
    signal: DeploySignal,
  ) => Promise<{ readonly ok: boolean; readonly words: string }>;
  readonly clock: Clock;
  readonly onError: (error: unknown, subject: string) => void;
}

/** RunningPipeline is a build with what its jobs share. */
export interface RunningPipeline {
  readonly row: PipelineRow;
  readonly project: { readonly slug: string; readonly name: string };
  readonly place: BuildPlace;
  readonly secrets: readonly KnownValue[];
  readonly correlationId: string;
  readonly signal: AbortSignal;
}

/** JobEnd is what became of a job; `message` says why, or what was not done. */
export interface JobEnd {
  readonly status: 'succeeded' | 'failed' | 'skipped';
  readonly exitCode?: number | null;
  readonly message?: string;
  /** It left some for the jobs after it. */
  readonly hasArtifacts?: boolean;
}
