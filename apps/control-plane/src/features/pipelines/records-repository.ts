import type { Database, Queryable } from '@spt-flow/db/client';
import { pipelineJobs, pipelines, projects } from '@spt-flow/db/schema';
import type { PipelineStatus } from '@spt-flow/shared/domain/pipeline-status';
import { and, eq, lte, max, notInArray, or, sql } from 'drizzle-orm';

export type PipelineRow = typeof pipelines.$inferSelect;
export type PipelineJobRow = typeof pipelineJobs.$inferSelect;

const FINISHED: PipelineStatus[] = ['succeeded', 'failed', 'canceled', 'skipped'];

/** What was seen of a build or a job, and when by the clock of who saw it; what is undefined is kept as it was. */
export interface Observation {
  readonly status: PipelineStatus;
  readonly observedAt: Date;
  readonly stage?: string | null | undefined;
  readonly errorMessage?: string | null | undefined;
  readonly startedAt?: Date | null | undefined;
  readonly finishedAt?: Date | null | undefined;
}

export interface JobObservation extends Omit<Observation, 'stage'> {
  readonly externalId?: string | undefined;
  readonly name: string;
  readonly stage: string;
  /** Which of the jobs it is: they are told apart by it. */
  readonly position: number;
  readonly mayFail?: boolean | undefined;
  readonly exitCode?: number | null | undefined;
}

/** What becomes of jobs whose build ends from outside. */
export interface JobsEnd {
  readonly running: 'failed' | 'canceled';
  readonly errorMessage: string | null;
  readonly observedAt: Date;
}

export type RecordsRepository = ReturnType<typeof createRecordsRepository>;

type NewPipeline = Omit<typeof pipelines.$inferInsert, 'number'>;

/** Words may quote what somebody wrote into a file; zero is the one character that can't be stored. */
function storable<T extends { readonly errorMessage?: string | null | undefined }>(observed: T): T {
  return { ...observed, errorMessage: observed.errorMessage?.replaceAll('\0', '') };
}

/** createRecordsRepository stores what is known of builds, whoever runs them. */
export function createRecordsRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    /** Numbers of a project have no gaps; undefined: there is no such project, or it is being deleted. */
    async insert(values: NewPipeline, tx: Queryable): Promise<PipelineRow | undefined> {
      const [project] = await tx
        .select({ status: projects.status })
        .from(projects)
        .where(
          and(
            eq(projects.id, values.projectId),
            eq(projects.organizationId, values.organizationId),
          ),
        )
        .for('update');
      if (!project || project.status === 'archived') return undefined;
      const [last] = await tx
        .select({ number: max(pipelines.number) })
        .from(pipelines)
        .where(eq(pipelines.projectId, values.projectId));
      const [row] = await tx
        .insert(pipelines)
        .values({ ...values, number: (last?.number ?? 0) + 1 })
        .onConflictDoNothing({
          target: [pipelines.projectId, pipelines.source, pipelines.externalId],
        })
        .returning();
      return row;
    },

    async findExternal(
      key: Pick<PipelineRow, 'projectId' | 'source'> & { readonly externalId: string },
      tx: Queryable,
    ): Promise<PipelineRow | undefined> {
      const [row] = await tx
        .select()
        .from(pipelines)
        .where(
          and(
            eq(pipelines.projectId, key.projectId),
            eq(pipelines.source, key.source),
            eq(pipelines.externalId, key.externalId),
          ),
        );
      return row;
    },

    /** Until the transaction ends. */
    async isThere(id: string, tx: Queryable): Promise<boolean> {
      const rows = await tx
        .select({ id: pipelines.id })
        .from(pipelines)
        .where(eq(pipelines.id, id))
        .for('share');
      return rows.length > 0;
    },

    /** Undefined: it is finished, or something newer is known of it. */
    async observe(
      id: string,
      observation: Observation,
      tx: Queryable,
    ): Promise<PipelineRow | undefined> {
      const [row] = await tx
        .update(pipelines)
        .set(storable(observation))
        .where(
          and(
            eq(pipelines.id, id),
            notInArray(pipelines.status, FINISHED),
            // Of ours there is one observer, whose clock may be set back.
            or(eq(pipelines.source, 'embedded'), lte(pipelines.observedAt, observation.observedAt)),
          ),
        )
        .returning();
      return row;
    },

    /** Stores a job, or what is newer of it under the same rules. */
    async observeJob(
      pipeline: Pick<PipelineRow, 'id' | 'organizationId'>,
      { mayFail = false, ...observed }: JobObservation,
      tx: Queryable,
    ): Promise<PipelineJobRow | undefined> {
      const values = { pipelineId: pipeline.id, organizationId: pipeline.organizationId };
      const job = storable(observed);
      const [row] = await tx
        .insert(pipelineJobs)
        .values({ ...values, ...job, mayFail })
        .onConflictDoUpdate({
          target: [pipelineJobs.pipelineId, pipelineJobs.position],
          set: { ...job, mayFail },
          setWhere: sql`${notInArray(pipelineJobs.status, FINISHED)}
            and (${pipelineJobs.externalId} is null
              or ${pipelineJobs.observedAt} <= excluded.observed_at)`,
        })
        .returning();
      return row;
    },

    /** Jobs that had still to begin were not run. */
    async endJobs(pipelineId: string, end: JobsEnd, tx: Queryable): Promise<void> {
      const { running: status, errorMessage, observedAt } = end;
      const ofStatus = (wanted: 'running' | 'queued') =>
        and(eq(pipelineJobs.pipelineId, pipelineId), eq(pipelineJobs.status, wanted));
      await tx
        .update(pipelineJobs)
        .set({ status, errorMessage, observedAt, finishedAt: observedAt })
        .where(ofStatus('running'));
      await tx
        .update(pipelineJobs)
        .set({ status: 'skipped', observedAt })
        .where(ofStatus('queued'));
    },
  };
}
