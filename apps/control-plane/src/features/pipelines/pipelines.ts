import type { Database, Queryable } from '@spt-flow/db/client';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import { AppError } from '@spt-flow/shared/domain/errors';
import { newCorrelationId } from '../../lib/correlation.ts';
import type { Branch } from '../git/index.ts';
import { createBuildLogSource } from './build-log-source.ts';
import { createBuildMachines, type BuildMachinesDeps } from './build-machines.ts';
import { createEnqueue, type EnqueueDeps } from './enqueue.ts';
import { createMachinesRepository } from './machines-repository.ts';
import { createOutputRepository } from './output-repository.ts';
import { createPipelineRecords } from './pipeline-records.ts';
import { PipelineWorker, type PipelineWorkerDeps } from './pipeline-worker.ts';
import { createPipelinesRepository } from './pipelines-repository.ts';
import { createPipelinesService, type PipelinesServiceDeps } from './pipelines-service.ts';
import { createQueueRepository } from './queue-repository.ts';
import { createRecordsRepository } from './records-repository.ts';

const TIDY_INTERVAL_MS = 10 * 60_000;
const MAIN_BRANCH = 'main';

type Outside =
  | 'source'
  | 'placeOf'
  | 'secretsOf'
  | 'images'
  | 'registry'
  | 'deploy'
  | 'replicaId'
  | 'atOnce'
  | 'jobsAtOnce'
  | 'onFinished'
  | 'clock'
  | 'onError';

export interface PipelinesDeps
  extends
    Pick<PipelineWorkerDeps, Outside>,
    Pick<PipelinesServiceDeps, 'findProject' | 'audit'>,
    Pick<EnqueueDeps, 'collect'>,
    Pick<BuildMachinesDeps, 'agents' | 'workspaces' | 'onUse'> {
  readonly db: Database;
  readonly publish: (topic: string, event: LiveEvent, tx?: Queryable) => Promise<unknown>;
}

export type Pipelines = ReturnType<typeof createPipelines>;

/** createPipelines puts the feature together; nothing runs before `start`. */
export function createPipelines(deps: PipelinesDeps) {
  const { db, clock, onError } = deps;
  const records = createPipelineRecords(deps);
  const stored = createRecordsRepository(db);
  const repository = createPipelinesRepository(db);
  const queue = createQueueRepository(db);
  const output = createOutputRepository(db);
  const machinesRepository = createMachinesRepository(db);
  const machines = createBuildMachines({ ...deps, repository: machinesRepository });
  const enqueue = createEnqueue({ ...deps, repository: stored, records, queue });
  const worker = new PipelineWorker({
    ...deps,
    ...{ records, queue, output, machines, pipelines: repository },
  });
  const { transaction } = stored;
  const service = createPipelinesService({
    ...{ ...deps, repository, records, transaction, queue, output, enqueue },
  });
  let tidying: NodeJS.Timeout | undefined;

  /** Of projects that are deleted. An engine that is away is asked again. */
  async function removeImages(): Promise<void> {
    const projects = await deps.images.projects().catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'engine_unavailable') return [];
      throw error;
    });
    for (const id of projects)
      if (!(await repository.projectOf(id))) await deps.images.keepNewest(id, 0);
  }

  async function tidy(): Promise<void> {
    await machines.discard(newCorrelationId());
    await output.removeSurplus(clock.now());
    await removeImages();
  }

  /** Nobody waits for these builds, so what there is nothing to do about is no failure. */
  async function enqueueQuietly(request: Parameters<typeof enqueue>[0]): Promise<void> {
    await enqueue(request).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.family !== 'caller')
        onError(error, request.projectId);
    });
  }

  return {
    ...{ records, service },
    logSource: createBuildLogSource(output),
    projectOf: repository.projectIdOf,
    /** Machines of builds begin empty. */
    isMachine: machinesRepository.isMachine,
    onNotice: () => worker.look(),

    /** A branch has another tip. */
    async onPush(projectId: string, { name: ref, commit }: Branch): Promise<void> {
      if (ref !== MAIN_BRANCH) return;
      const project = await repository.projectOf(projectId);
      if (!project?.buildsOnPush) return;
      const { organizationId } = project;
      const correlationId = newCorrelationId();
      const request = { organizationId, projectId, ref, commit, correlationId };
      await enqueueQuietly({ ...request, trigger: 'push' });
    },

    /** The app was put online: what is online is checked, and its image made. */
    onPublished: (request: { organizationId: string; projectId: string; correlationId: string }) =>
      enqueueQuietly({ ...request, trigger: 'publish' }),

    /** A project is deleted: nothing of it goes on. */
    onProjectRemoved: () => queue.announce(),

    /** What replicas left that are gone fails, and its machines are not started again. */
    async recover(): Promise<void> {
      await worker.recover();
      await machinesRepository.discard();
    },

    start(): void {
      worker.start();
      const tidyUp = () => void tidy().catch((error: unknown) => onError(error, 'builds'));
      tidyUp();
      tidying = setInterval(tidyUp, TIDY_INTERVAL_MS);
      tidying.unref();
    },

    /** After `recover`, once workspaces can be deleted. */
    tidy,

    async close(): Promise<void> {
      clearInterval(tidying);
      await worker.close();
      await machines.settle();
    },
  };
}
