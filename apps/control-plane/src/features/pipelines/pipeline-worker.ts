import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../lib/clock.ts';
import { newCorrelationId } from '../../lib/correlation.ts';
import type { PipelineRecords } from './pipeline-records.ts';
import { BuildStopped, type PipelineRunDeps, type RunEnd } from './pipeline-run.ts';
import type { QueueRepository } from './queue-repository.ts';
import type { PipelineRow } from './records-repository.ts';
import { runPipeline } from './run-pipeline.ts';

const LOOK_MS = 10_000;
const FINISH_ATTEMPTS = 5;
const FINISH_RETRY_MS = 1_000;
const MAX_PIPELINE_MS = 2 * 3_600_000;
const RESTARTED = 'spt-flow was restarted while it ran. Nothing is lost: run the build again';

export interface PipelineWorkerDeps extends PipelineRunDeps {
  readonly records: PipelineRecords;
  readonly queue: QueueRepository;
  readonly replicaId: string | undefined;
  /** Builds that run at a time, on all replicas together. */
  readonly atOnce: number;
  readonly onFinished: (row: PipelineRow, end: { status: string; message: string | null }) => void;
  readonly clock: Clock;
}

interface Running {
  readonly stop: AbortController;
  readonly finished: Promise<void>;
}

/** PipelineWorker runs builds that wait, as long as there is room. INVARIANT: a build runs on one replica only. */
export class PipelineWorker {
  readonly #deps: PipelineWorkerDeps;
  readonly #running = new Map<string, Running>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(deps: PipelineWorkerDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.look();
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    this.#timer.unref();
  }

  /** Something may wait, or be to end; harmless at any time. */
  look(): void {
    this.#looking = this.#looking
      .then(() => this.#look())
      .catch((error: unknown) => this.#deps.onError(error, 'builds'));
  }

  /** What nobody runs any more fails: its replica is gone, or could not store its end. */
  async recover(): Promise<void> {
    const { queue, records, clock, replicaId } = this.#deps;
    for (const id of await queue.lost({ replicaId, running: [...this.#running.keys()] })) {
      const now = clock.now();
      const end = { errorMessage: RESTARTED, observedAt: now };
      await records.endJobs(id, { running: 'failed', ...end });
      await records.updateStatus(id, { status: 'failed', finishedAt: now, ...end });
    }
  }

  /** Ends what runs here for good: nobody would go on with it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#looking;
    for (const { stop } of this.#running.values())
      stop.abort(new BuildStopped('failed', RESTARTED));
    await Promise.all(Array.from(this.#running.values(), ({ finished }) => finished));
  }

  async #look(): Promise<void> {
    const { queue, replicaId, atOnce, clock } = this.#deps;
    for (const [id, words] of await queue.toEnd([...this.#running.keys()]))
      this.#running.get(id)?.stop.abort(new BuildStopped('canceled', words));
    await this.recover();
    while (!this.#isClosed) {
      const row = await queue.claim({ replicaId, atOnce, clock });
      if (!row) return;
      this.#begin(row);
    }
  }

  #begin(row: PipelineRow): void {
    const stop = new AbortController();
    const limit = setTimeout(
      () => stop.abort(new BuildStopped('failed', 'It ran for two hours, which is the limit')),
      MAX_PIPELINE_MS,
    );
    const finished = this.#run(row, stop.signal)
      .catch((error: unknown) => this.#deps.onError(error, row.id))
      .finally(() => {
        clearTimeout(limit);
        this.#running.delete(row.id);
        if (!this.#isClosed) this.look();
      });
    this.#running.set(row.id, { stop, finished });
  }

  async #run(row: PipelineRow, signal: AbortSignal): Promise<void> {
    const { queue } = this.#deps;
    const { id } = row;
    const end = await this.#attempt(row, signal);
    await this.#finishSurely(id, end);
    this.#deps.onFinished(row, end);
    await this.#deps.output.removeSurplus(this.#deps.clock.now());
    // Others may have waited for the room.
    await queue.announce();
  }

  /** A build that stays "running" would block its project until the next restart. */
  async #finishSurely(id: string, { status, message }: RunEnd): Promise<void> {
    const { records, clock, onError } = this.#deps;
    for (let attempt = 1; ; attempt += 1) {
      const now = clock.now();
      const end = { status, errorMessage: message, stage: null, finishedAt: now };
      try {
        await records.updateStatus(id, { ...end, observedAt: now });
        return;
      } catch (error) {
        if (attempt === FINISH_ATTEMPTS) throw error;
        onError(error, id);
        await sleep(FINISH_RETRY_MS * attempt);
      }
    }
  }

  async #attempt(row: PipelineRow, signal: AbortSignal): Promise<RunEnd> {
    const { pipelines, placeOf, secretsOf, onError } = this.#deps;
    try {
      const project = await pipelines.projectOf(row.projectId);
      if (!project) return { status: 'canceled', message: 'The project was deleted' };
      const place = await placeOf(row.projectId);
      const secrets = await secretsOf(row);
      const running = { row, project, place, secrets, signal, correlationId: newCorrelationId() };
      return await runPipeline(this.#deps, running);
    } catch (error) {
      onError(error, row.id);
      const message = 'Something went wrong in spt-flow itself: run the build again';
      return { status: 'failed', message };
    }
  }
}
