import type { Pipeline, PipelineJob, PipelineLogPiece } from '@spt-flow/shared/api/pipelines';
import type { StoredPiece } from './output-repository.ts';
import type { SeenPipeline } from './pipelines-repository.ts';
import type { PipelineJobRow } from './records-repository.ts';

/** toPipeline is a build as clients see it. */
export function toPipeline(row: SeenPipeline): Pipeline {
  const { id, number, source, trigger, ref, commit, title, status, stage } = row;
  return {
    ...{ id, number, source, trigger, ref, commit, title, status, stage },
    url: row.externalUrl,
    requestedBy: row.requesterName,
    message: row.errorMessage,
    isCancelRequested: row.cancelRequestedAt !== null,
    jobs: row.jobs.map(toJob),
    createdAt: row.createdAt.toISOString(),
    startedAt: textOf(row.startedAt),
    finishedAt: textOf(row.finishedAt),
  };
}

function toJob(row: PipelineJobRow): PipelineJob {
  const { id, name, stage, status, mayFail, exitCode, logCoverage } = row;
  const { artifactBytes: bytes, artifactsExpireAt: expiresAt } = row;
  return {
    ...{ id, name, stage, status, mayFail, exitCode, logCoverage },
    message: row.errorMessage,
    artifacts:
      bytes === null || expiresAt === null ? null : { bytes, expiresAt: expiresAt.toISOString() },
    startedAt: textOf(row.startedAt),
    finishedAt: textOf(row.finishedAt),
  };
}

export function toLogPiece({ sequence, jobId, text }: StoredPiece): PipelineLogPiece {
  return { cursor: sequence, jobId, text };
}

function textOf(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
