import { isFinished, type PipelineStatus } from '@spt-flow/shared/domain/pipeline-status';
import type { ForgeLogs, PipelineRecords, RecordedPipeline } from '../../pipelines/index.ts';
import type { GitlabApi, GitlabJob, GitlabPipeline } from './gitlab-api.ts';
import { readableTrace } from './readable-trace.ts';

const STATUSES: Readonly<Record<GitlabPipeline['status'], PipelineStatus>> = {
  created: 'queued',
  waiting_for_resource: 'queued',
  preparing: 'queued',
  waiting_for_callback: 'queued',
  pending: 'queued',
  scheduled: 'queued',
  manual: 'queued',
  running: 'running',
  canceling: 'running',
  success: 'succeeded',
  failed: 'failed',
  canceled: 'canceled',
  skipped: 'skipped',
};
const LOG_TAIL_BYTES = 200_000;
/** Of a pipeline with more finished jobs, the others can be read in GitLab. */
const MAX_LOGS = 20;
/** How often one pipeline was run again, at most. */
const MAX_ROUNDS = 20;
/** Others are waiting for their visit. */
const MAX_AT_ONCE = 20;
const MAX_WORDS = 2_000;

export interface PipelineReaderDeps {
  readonly api: Pick<GitlabApi, 'pipeline' | 'pipelinesSince' | 'jobs' | 'trace'>;
  readonly records: PipelineRecords;
  readonly logs: ForgeLogs;
  readonly pageOf: (path: string) => string;
}

/** Where pipelines are read, and for which project. */
export interface PipelinePlace {
  readonly organizationId: string;
  readonly projectId: string;
  readonly remoteId: number;
  /** Of the project in GitLab. */
  readonly path: string;
}

export type PipelineReader = ReturnType<typeof createPipelineReader>;

/** createPipelineReader copies what GitLab says of pipelines into the builds of projects, always as it is now. */
export function createPipelineReader({ api, records, logs, pageOf }: PipelineReaderDeps) {
  async function read(place: PipelinePlace, pipelineId: number) {
    return record(place, await api.pipeline(place.remoteId, pipelineId));
  }

  async function record(place: PipelinePlace, pipeline: GitlabPipeline) {
    const jobs = (await api.jobs(place.remoteId, pipeline.id)).toSorted((a, b) => a.id - b.id);
    const recorded = toRecord(place, pipeline, jobs);
    const row = await recordRound(recorded);
    const positioned = jobs.map((job, position) => jobOf(job, position, pipeline.updated_at));
    await records.recordPipeline({
      ...recorded,
      ...{ externalId: row.externalId ?? recorded.externalId, jobs: positioned },
    });
    await keepLogs(place, { rowId: row.id, jobs });
    return row;
  }

  function toRecord(
    place: PipelinePlace,
    pipeline: GitlabPipeline,
    jobs: readonly GitlabJob[],
  ): RecordedPipeline {
    const status = STATUSES[pipeline.status];
    const current = jobs.findLast((job) => STATUSES[job.status] === 'running');
    return {
      ...{ organizationId: place.organizationId, projectId: place.projectId, source: 'gitlab' },
      ...{ externalId: String(pipeline.id), status, observedAt: pipeline.updated_at },
      externalUrl: pageOf(`${place.path}/-/pipelines/${pipeline.id}`),
      ...{ ref: pipeline.ref, commit: pipeline.sha },
      stage: isFinished(status) ? null : (current?.stage.slice(0, 63) ?? null),
      errorMessage: errorOf(pipeline, jobs),
      startedAt: pipeline.started_at ?? null,
      finishedAt: isFinished(status) ? (pipeline.finished_at ?? pipeline.created_at) : null,
    };
  }

  /** GitLab runs a finished pipeline again under the same id; here each time is a build of its own. */
  async function recordRound(recorded: RecordedPipeline) {
    for (let round = 1; ; round += 1) {
      const externalId = round === 1 ? recorded.externalId : `${recorded.externalId}.${round}`;
      const row = await records.recordPipeline({ ...recorded, externalId });
      const isOver = isFinished(row.status) && recorded.observedAt > row.observedAt;
      const isAsBefore = row.status === recorded.status && isSame(row, recorded);
      if (!isOver || isAsBefore || round === MAX_ROUNDS) return row;
    }
  }

  async function keepLogs(
    place: PipelinePlace,
    { rowId, jobs }: { readonly rowId: string; readonly jobs: readonly GitlabJob[] },
  ): Promise<void> {
    const ended = jobs.filter(({ status }) => ['success', 'failed', 'canceled'].includes(status));
    const missing = await logs.missing(
      rowId,
      ended.map(({ id }) => String(id)),
    );
    for (const externalId of missing.slice(0, MAX_LOGS)) {
      const trace = await api.trace(place.remoteId, Number(externalId), LOG_TAIL_BYTES);
      await logs.keep(rowId, { ...trace, externalId, text: readableTrace(trace.text) });
    }
  }

  return {
    read,

    /** Reads what changed since then, a part at a time; returns until when everything is known. */
    async readSince(place: PipelinePlace, since: Date): Promise<{ until: Date; isAll: boolean }> {
      let until = since;
      const changed = await api.pipelinesSince(place.remoteId, since);
      for (const { id, updated_at } of changed.slice(0, MAX_AT_ONCE)) {
        await read(place, id);
        if (updated_at > until) until = updated_at;
      }
      return { until, isAll: changed.length <= MAX_AT_ONCE };
    },
  };
}

function isSame(a: { finishedAt: Date | null }, b: Pick<RecordedPipeline, 'finishedAt'>): boolean {
  return (a.finishedAt?.getTime() ?? 0) === (b.finishedAt?.getTime() ?? 0);
}

function jobOf(job: GitlabJob, position: number, observedAt: Date) {
  const status = STATUSES[job.status];
  return {
    ...{ externalId: String(job.id), name: job.name, stage: job.stage.slice(0, 63), position },
    ...{ status, observedAt, mayFail: job.allow_failure },
    errorMessage: status === 'failed' ? (job.failure_reason ?? null) : null,
    startedAt: job.started_at ?? null,
    finishedAt: isFinished(status) ? (job.finished_at ?? observedAt) : null,
  };
}

function errorOf(pipeline: GitlabPipeline, jobs: readonly GitlabJob[]): string | null {
  if (pipeline.yaml_errors) return plain(`The pipeline file: ${pipeline.yaml_errors}`);
  if (pipeline.status === 'manual') return 'It waits for somebody to start a job by hand';
  if (pipeline.status !== 'failed') return null;
  const failed = jobs.filter((job) => job.status === 'failed' && !job.allow_failure);
  const names = failed.map(({ name, failure_reason: why }) => (why ? `${name} (${why})` : name));
  return names.length === 0 ? 'The pipeline failed' : plain(`Failed: ${names.join(', ')}`);
}

function plain(text: string): string {
  return text.replace(/\p{C}+/gu, ' ').slice(0, MAX_WORDS);
}
