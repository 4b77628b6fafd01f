import type { KnownValue } from '@spt-flow/shared/agent-protocol/known-values';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { WorkspaceSettings } from '@spt-flow/shared/domain/workspace-settings';
import type { Clock } from '../../lib/clock.ts';
import type { ProjectSource } from '../git/index.ts';
import type { AppImages } from '../providers/index.ts';
import type { WorkspaceRow } from '../workspaces/index.ts';
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
  /** Jobs of a build that run at a time. */
  readonly jobsAtOnce: number;
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
  /** What it left for the jobs after it. */
  readonly artifactBytes?: number;
}

/** RunEnd is what becomes of a build. */
export interface RunEnd {
  readonly status: 'succeeded' | 'failed' | 'canceled';
  readonly message: string | null;
}

/** BuildStopped is why a build is ended from outside. */
export class BuildStopped extends Error {
  override readonly name = 'BuildStopped';
  readonly status: 'canceled' | 'failed';

  constructor(status: 'canceled' | 'failed', message: string) {
    super(message);
    this.status = status;
  }
}

/** valuesOf are secrets as programs find them. */
export function valuesOf(secrets: readonly KnownValue[]): Record<string, string> {
  return Object.fromEntries(secrets.map(({ name, value }) => [name, value]));
}

/** wordsOf is what people are told of a failure; what nobody expected is told to the operator. */
export function wordsOf(error: unknown, { onError }: Pick<PipelineRunDeps, 'onError'>): string {
  if (error instanceof AppError && error.code !== 'internal') return error.message;
  onError(error, 'build');
  return 'Something went wrong in spt-flow itself: run the build again';
}
