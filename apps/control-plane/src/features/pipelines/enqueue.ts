import type { Transaction } from '@spt-flow/db/client';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Clock } from '../../lib/clock.ts';
import type { ProjectSource } from '../git/index.ts';
import { MAX_PIPELINE_FILE_BYTES, PIPELINE_FILE } from './file/read-pipeline-file.ts';
import type { PipelineRecords } from './pipeline-records.ts';
import type { QueueRepository } from './queue-repository.ts';
import type { PipelineRow, RecordsRepository } from './records-repository.ts';

const MAX_WAITING = 20;

export interface BuildRequest {
  readonly organizationId: string;
  readonly projectId: string;
  readonly trigger: Exclude<PipelineRow['trigger'], 'forge'>;
  /** Absent: nobody known. */
  readonly requestedBy?: string | undefined;
  /** A branch; absent: the one that is checked out. */
  readonly ref?: string | undefined;
  /** Absent: the tip of the branch. */
  readonly commit?: string | undefined;
  readonly correlationId: string;
  /** Writes down that it was asked for. */
  readonly record?: ((pipelineId: string, tx: Transaction) => Promise<void>) | undefined;
}

export interface EnqueueDeps {
  readonly repository: Pick<RecordsRepository, 'transaction' | 'insert'>;
  readonly records: Pick<PipelineRecords, 'tell' | 'updateStatus'>;
  readonly queue: Pick<QueueRepository, 'waitingOf' | 'outdated' | 'announce'>;
  readonly source: ProjectSource;
  /** Brings what the workspace has committed, when it runs. */
  readonly collect: (projectId: string, correlationId: string) => Promise<void>;
  readonly clock: Clock;
}

export type Enqueue = (request: BuildRequest) => Promise<PipelineRow>;

/** createEnqueue returns what has a commit built; AppError `pipeline_missing` where it says nothing of that. */
export function createEnqueue(deps: EnqueueDeps): Enqueue {
  const { repository, records, queue, source } = deps;

  async function commitOf({ projectId, ref, commit, correlationId }: BuildRequest) {
    if (ref !== undefined && commit !== undefined) return { ref, commit };
    await deps.collect(projectId, correlationId);
    const head = await source.head(projectId, ref);
    if (head) return { ref: head.name, commit: head.commit };
    if (ref === undefined) throw new AppError('pipeline_missing', 'Nothing is committed yet');
    throw new AppError('not_found', `There is no branch "${ref}"`);
  }

  async function skipOutdated({ projectId, id, observedAt }: PipelineRow, tx: Transaction) {
    for (const outdated of await queue.outdated(projectId, id, tx))
      await records.updateStatus(
        outdated,
        {
          ...{ status: 'skipped', observedAt, finishedAt: observedAt },
          errorMessage: 'Something newer was committed before it began',
        },
        tx,
      );
  }

  return async (request) => {
    const { organizationId, projectId, trigger, requestedBy } = request;
    const { ref, commit } = await commitOf(request);
    const wanted = { path: PIPELINE_FILE, maxBytes: MAX_PIPELINE_FILE_BYTES };
    if ((await source.file(projectId, commit, wanted)) === undefined)
      throw new AppError(
        'pipeline_missing',
        `The branch "${ref.slice(0, 100)}" has no file "${PIPELINE_FILE}" that says what a build does`,
      );
    const title = await source.title(projectId, commit);
    const values = { organizationId, projectId, trigger, requestedBy, ref, commit, title };
    const observedAt = deps.clock.now();
    return repository.transaction(async (tx) => {
      const row = await repository.insert(
        { ...values, source: 'embedded', status: 'queued', observedAt },
        tx,
      );
      if (!row) throw new AppError('not_found');
      if ((await queue.waitingOf(projectId, tx)) > MAX_WAITING)
        throw new AppError('pipeline_queue_full');
      await request.record?.(row.id, tx);
      await records.tell(row, tx);
      if (trigger === 'push') await skipOutdated(row, tx);
      await queue.announce(tx);
      return row;
    });
  };
}
