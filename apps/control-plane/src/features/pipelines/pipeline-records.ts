import type { Database, Queryable, Transaction } from '@spt-flow/db/client';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import { AppError } from '@spt-flow/shared/domain/errors';
import {
  createRecordsRepository,
  type JobObservation,
  type JobsEnd,
  type Observation,
  type PipelineRow,
} from './records-repository.ts';

export interface PipelineRecordsDeps {
  readonly db: Database;
  readonly publish: (topic: string, event: LiveEvent, tx?: Queryable) => Promise<unknown>;
}

/** RecordedPipeline is a build that somebody else runs, as it was at `observedAt`. */
export interface RecordedPipeline extends Observation {
  readonly organizationId: string;
  readonly projectId: string;
  readonly source: Exclude<PipelineRow['source'], 'embedded'>;
  /** What the forge calls it: tells the builds of a project apart. */
  readonly externalId: string;
  readonly externalUrl?: string | undefined;
  readonly requestedBy?: string | undefined;
  readonly ref: string;
  readonly commit: string;
  readonly title?: string | undefined;
  readonly jobs?: readonly JobObservation[] | undefined;
}

export type PipelineRecords = ReturnType<typeof createPipelineRecords>;

/**
 * createPipelineRecords keeps what is known of builds. What comes late or twice changes nothing: a finished status stays,
 * and of what was seen the newest counts. People who look at the project are told of what changed.
 */
export function createPipelineRecords({ db, publish }: PipelineRecordsDeps) {
  const repository = createRecordsRepository(db);

  async function tell(row: PipelineRow, tx: Queryable): Promise<void> {
    const { id: pipelineId, projectId, status, stage } = row;
    const event = { type: 'pipeline.changed' as const, pipelineId, projectId, status, stage };
    await publish(`project:${projectId}`, event, tx);
  }

  async function observe(id: string, observation: Observation, tx: Queryable) {
    const row = await repository.observe(id, observation, tx);
    if (row) await tell(row, tx);
    return row;
  }

  return {
    tell,

    /** Stores a build of a forge, or what is newer of it; AppError `not_found` where the project is not there. */
    recordPipeline(recorded: RecordedPipeline): Promise<PipelineRow> {
      const { jobs = [], ...values } = recorded;
      return repository.transaction(async (tx) => {
        const inserted = await repository.insert({ ...values, trigger: 'forge' }, tx);
        if (inserted) await tell(inserted, tx);
        const known = inserted ?? (await repository.findExternal(recorded, tx));
        if (!known) throw new AppError('not_found');
        const { status, observedAt, stage, errorMessage, startedAt, finishedAt } = recorded;
        const observation = { status, observedAt, stage, errorMessage, startedAt, finishedAt };
        const observed = inserted ? undefined : await observe(known.id, observation, tx);
        for (const job of jobs) await repository.observeJob(known, job, tx);
        return observed ?? known;
      });
    },

    /** False: nothing changed, because it is finished or something newer is known of it. */
    async updateStatus(
      pipelineId: string,
      observation: Observation,
      tx?: Transaction,
    ): Promise<boolean> {
      if (tx) return (await observe(pipelineId, observation, tx)) !== undefined;
      return repository.transaction(
        async (own) => (await observe(pipelineId, observation, own)) !== undefined,
      );
    },

    /** The id of the job; undefined: nothing changed, as above, or the build is gone. */
    updateJob(row: PipelineRow, job: JobObservation): Promise<string | undefined> {
      return repository.transaction(async (tx) => {
        if (!(await repository.isThere(row.id, tx))) return undefined;
        const stored = await repository.observeJob(row, job, tx);
        if (stored) await tell({ ...row, status: 'running', stage: job.stage }, tx);
        return stored?.id;
      });
    },

    endJobs(pipelineId: string, end: JobsEnd): Promise<void> {
      return repository.transaction((tx) => repository.endJobs(pipelineId, end, tx));
    },
  };
}
