import type { Transaction } from '@spt-flow/db/client';
import type { Pipeline, PipelineLogPiece } from '@spt-flow/shared/api/pipelines';
import { AppError } from '@spt-flow/shared/domain/errors';
import { isFinished } from '@spt-flow/shared/domain/pipeline-status';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { decodeCursor, toPage } from '../../lib/pagination.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { Enqueue } from './enqueue.ts';
import type { OutputRepository } from './output-repository.ts';
import type { PipelineRecords } from './pipeline-records.ts';
import { toLogPiece, toPipeline } from './pipeline-view.ts';
import type { PipelinesRepository, SeenPipeline } from './pipelines-repository.ts';
import type { QueueRepository } from './queue-repository.ts';
import type { RecordsRepository } from './records-repository.ts';

export interface PipelinesServiceDeps {
  readonly repository: PipelinesRepository;
  readonly records: PipelineRecords;
  readonly transaction: RecordsRepository['transaction'];
  readonly queue: QueueRepository;
  readonly output: OutputRepository;
  readonly enqueue: Enqueue;
  /** AppError `not_found` for projects of others. */
  readonly findProject: (
    organizationId: string,
    handle: string,
  ) => Promise<{ readonly id: string; readonly name: string; readonly slug: string }>;
  readonly audit: Audit;
  readonly clock: Clock;
}

/** Who asks, and for the builds of which project. */
export interface Asked {
  readonly principal: Principal;
  readonly handle: string;
  readonly correlationId: string;
}

export interface NamedBuild extends Asked {
  /** The number of a build, or `latest`. */
  readonly build: string;
}

export interface Archive {
  readonly fileName: string;
  readonly pieces: AsyncGenerator<Buffer>;
}

/** Undefined: no build has this name. */
function numberOf(build: string): number | 'latest' | undefined {
  if (build === 'latest') return build;
  return /^[1-9]\d{0,8}$/.test(build) ? Number(build) : undefined;
}

export type PipelinesService = ReturnType<typeof createPipelinesService>;

/** createPipelinesService is what people ask of builds. */
export function createPipelinesService(deps: PipelinesServiceDeps) {
  const { repository, records, queue, output } = deps;

  const projectOf = ({ principal, handle }: Pick<Asked, 'principal' | 'handle'>) =>
    deps.findProject(principal.organizationId, handle);

  async function find(named: NamedBuild): Promise<SeenPipeline> {
    const { id } = await projectOf(named);
    const number = numberOf(named.build);
    const row = number === undefined ? undefined : await repository.find(id, number);
    if (!row) throw new AppError('not_found', `There is no build "${named.build}" of this project`);
    return row;
  }

  async function again(row: Pick<SeenPipeline, 'projectId' | 'number'>): Promise<Pipeline> {
    const found = await repository.find(row.projectId, row.number);
    if (!found) throw new AppError('not_found');
    return toPipeline(found);
  }

  function recordOf({ principal, correlationId }: Asked, action: string) {
    const { organizationId } = principal;
    const entry = { organizationId, action, correlationId, principal: auditName(principal) };
    return (target: string, tx: Transaction) => deps.audit.record({ ...entry, target }, tx);
  }

  return {
    async list(asked: Asked, { cursor, limit }: { cursor?: string | undefined; limit: number }) {
      const { id } = await projectOf(asked);
      const before = decodeCursor(cursor);
      const rows = await repository.list(id, { before, limit: limit + 1 });
      const { items, nextCursor } = toPage(rows, limit, (row) => row.createdAt);
      return { items: items.map(toPipeline), nextCursor };
    },

    get: async (named: NamedBuild) => toPipeline(await find(named)),

    async run(asked: Asked, ref: string | undefined): Promise<Pipeline> {
      const { id: projectId } = await projectOf(asked);
      const { organizationId, userId } = asked.principal;
      const row = await deps.enqueue({
        ...{ organizationId, projectId, ref, trigger: 'person', requestedBy: userId },
        correlationId: asked.correlationId,
        record: recordOf(asked, 'build.run'),
      });
      return again(row);
    },

    async retry(named: NamedBuild): Promise<Pipeline> {
      const { organizationId, projectId, status, source, ref, commit } = await find(named);
      if (source !== 'embedded') throw new AppError('pipeline_elsewhere');
      if (!isFinished(status)) throw new AppError('pipeline_unfinished');
      const row = await deps.enqueue({
        ...{ organizationId, projectId, ref, commit, trigger: 'retry' },
        ...{ requestedBy: named.principal.userId, correlationId: named.correlationId },
        record: recordOf(named, 'build.retry'),
      });
      return again(row);
    },

    async cancel(named: NamedBuild): Promise<Pipeline> {
      const found = await find(named);
      if (found.source !== 'embedded') throw new AppError('pipeline_elsewhere');
      const now = deps.clock.now();
      const message = `${named.principal.userName} canceled it`;
      const end = { status: 'canceled', errorMessage: message, finishedAt: now } as const;
      await deps.transaction(async (tx) => {
        const row = await repository.lock(found.id, tx);
        if (!row || isFinished(row.status)) throw new AppError('pipeline_finished');
        await queue.askToEnd(row.id, { now, words: message }, tx);
        // One that runs is ended by whoever runs it.
        if (row.status === 'queued')
          await records.updateStatus(row.id, { ...end, observedAt: now }, tx);
        await queue.announce(tx);
        await recordOf(named, 'build.cancel')(found.id, tx);
      });
      return again(found);
    },

    async log(
      named: NamedBuild,
      page: { after: number; limit: number; jobId?: string | undefined },
    ): Promise<{ items: PipelineLogPiece[]; isWhole: boolean }> {
      const { id, status } = await find(named);
      const rows = await output.readLog(id, page);
      return {
        items: rows.map(toLogPiece),
        isWhole: isFinished(status) && rows.length < page.limit,
      };
    },

    /** AppError `not_found`: the job left none, or they were removed. */
    async artifacts(named: NamedBuild, jobId: string): Promise<Archive> {
      const { slug } = await projectOf(named);
      const { jobs, number } = await find(named);
      const job = jobs.find(({ id }) => id === jobId);
      if (!job || job.artifactBytes === null)
        throw new AppError('not_found', 'There are no artifacts of this job, or not any more');
      const name = job.name.replace(/[^\w.-]+/g, '-');
      return { fileName: `${slug}-${number}-${name}.tar.gz`, pieces: output.artifacts(jobId) };
    },

    async settings(asked: Asked): Promise<{ onPush: boolean }> {
      return { onPush: await repository.buildsOnPush((await projectOf(asked)).id) };
    },

    async setSettings(asked: Asked, { onPush }: { onPush: boolean }): Promise<{ onPush: boolean }> {
      const { id } = await projectOf(asked);
      await deps.transaction(async (tx) => {
        await repository.setBuildsOnPush(id, onPush, tx);
        await recordOf(asked, 'build.settings')(id, tx);
      });
      return { onPush };
    },
  };
}
