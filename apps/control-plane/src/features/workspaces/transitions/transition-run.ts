import { AppError } from '@spt-flow/shared/domain/errors';
import type { TransitionKind } from '@spt-flow/shared/domain/workspace-state';
import type { Clock } from '../../../lib/clock.ts';
import type { LogLevel } from '../../logs/index.ts';
import { unlessAborted } from '../../../lib/abort.ts';
import type {
  TransitionRow,
  TransitionsRepository,
  TransitionStep,
} from './transitions-repository.ts';

type TransitionChange = Parameters<TransitionsRepository['update']>[1];

export interface TransitionRunDeps {
  readonly transitions: TransitionsRepository;
  readonly clock: Clock;
  readonly onChanged: (transition: TransitionRow) => Promise<void>;
  readonly log: (level: LogLevel, text: string) => Promise<void>;
}

/** Who waited less need not be told of another deadline. */
const NOTABLE_WAIT_MS = 1_000;

export interface TransitionStart {
  readonly organizationId: string;
  readonly workspaceId: string;
  readonly kind: TransitionKind;
  readonly reason: string;
  readonly correlationId: string;
  readonly deadlineSeconds: number;
  /** No person waits for it. */
  readonly isBackground: boolean;
}

/** TransitionRun is one running transition: its row, its steps and its deadline. */
export class TransitionRun {
  readonly #deps: TransitionRunDeps;
  readonly #steps: TransitionStep[] = [];
  readonly #controller = new AbortController();
  readonly #startedMs: number;
  readonly #kind: TransitionKind;
  readonly #deadlineSeconds: number;
  readonly correlationId: string;
  #row: TransitionRow;
  #deadline: NodeJS.Timeout;
  #isBackground: boolean;
  #isShowing = false;
  /** One write at a time, so that the last one wins. */
  #written: Promise<unknown> = Promise.resolve();

  private constructor(
    deps: TransitionRunDeps,
    row: TransitionRow,
    { deadlineSeconds, isBackground }: TransitionStart,
  ) {
    this.#deps = deps;
    this.#row = row;
    this.#isBackground = isBackground;
    this.#kind = row.kind;
    this.correlationId = row.correlationId;
    this.#startedMs = deps.clock.monotonicMs();
    this.#deadlineSeconds = deadlineSeconds;
    this.#deadline = this.#armDeadline(deadlineSeconds);
  }

  static async begin(deps: TransitionRunDeps, start: TransitionStart): Promise<TransitionRun> {
    const { deadlineSeconds, isBackground: _, ...values } = start;
    const now = deps.clock.now();
    const deadlineAt = new Date(now.getTime() + deadlineSeconds * 1000);
    const run = new TransitionRun(
      deps,
      await deps.transitions.insert({ ...values, startedAt: now, deadlineAt }),
      start,
    );
    // Who follows hears of it meanwhile: the work does not wait for that.
    void deps.onChanged(run.#row);
    return run;
  }

  /** Aborts when the deadline passed or the transition was overtaken. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get kind(): TransitionKind {
    return this.#kind;
  }

  get isBackground(): boolean {
    return this.#isBackground;
  }

  /** A person waits for it from now on. */
  hurry(): void {
    this.#isBackground = false;
  }

  /** Shows the running step under another name, e.g. with its place in a line, until it is done. */
  rename(name: string): void {
    const step = this.#steps.at(-1);
    if (step?.state !== 'running') return;
    step.name = name;
    this.#show();
  }

  cancel(reason: string): void {
    this.#controller.abort(new AppError('workspace_busy', reason));
  }

  /** Work that shows its own progress and ends itself gets a deadline of its own. */
  async extendDeadline(seconds: number): Promise<void> {
    clearTimeout(this.#deadline);
    this.#deadline = this.#armDeadline(seconds);
    await this.#store({ deadlineAt: new Date(this.#deps.clock.now().getTime() + seconds * 1000) });
  }

  /** Waiting in line is nobody's fault, and may take as long as it takes: the deadline counts from its end. */
  async inLine<T>(wait: () => Promise<T>): Promise<T> {
    clearTimeout(this.#deadline);
    const startedMs = this.#deps.clock.monotonicMs();
    const result = await wait();
    this.#deadline = this.#armDeadline(this.#deadlineSeconds);
    if (this.#deps.clock.monotonicMs() - startedMs > NOTABLE_WAIT_MS)
      await this.extendDeadline(this.#deadlineSeconds);
    return result;
  }

  /** Runs one step; it fails at the deadline even where the work can't be interrupted. */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    const startedMs = this.#deps.clock.monotonicMs();
    const step: TransitionStep = {
      name,
      state: 'running',
      startedAt: this.#deps.clock.now().toISOString(),
      durationMs: null,
      detail: null,
    };
    this.#steps.push(step);
    this.#show();
    try {
      const result = await unlessAborted(work(), this.signal);
      step.state = 'done';
      return result;
    } catch (error) {
      step.state = 'failed';
      step.detail = messageOf(error);
      throw error;
    } finally {
      step.name = name;
      step.durationMs = Math.round(this.#deps.clock.monotonicMs() - startedMs);
      this.#show();
    }
  }

  async finish(failure: string | null): Promise<void> {
    clearTimeout(this.#deadline);
    // Ends what a step that lost a race may still wait for.
    this.#controller.abort();
    await this.#store({
      state: failure === null ? 'done' : 'failed',
      failure,
      finishedAt: this.#deps.clock.now(),
    });
    const seconds = ((this.#deps.clock.monotonicMs() - this.#startedMs) / 1000).toFixed(1);
    if (failure === null) await this.#deps.log('info', `${DONE[this.#kind]} after ${seconds} s`);
    else await this.#deps.log('error', `${FAILED[this.#kind]} after ${seconds} s: ${failure}`);
  }

  #armDeadline(seconds: number): NodeJS.Timeout {
    const expire = () =>
      this.#controller.abort(
        new AppError('workspace_start_failed', `It was not done within ${seconds} seconds`),
      );
    return setTimeout(expire, seconds * 1000);
  }

  /** Stores the steps behind the work: it must not wait for its own log. A write that waits tells later changes too. */
  #show(): void {
    if (this.#isShowing) return;
    this.#isShowing = true;
    const write = () => {
      this.#isShowing = false;
      return this.#write({});
    };
    // What goes wrong with it goes wrong with the end too, which somebody waits for.
    this.#written = this.#written.then(write).catch(() => undefined);
  }

  #store(change: TransitionChange): Promise<void> {
    const writing = this.#written.then(() => this.#write(change));
    this.#written = writing.catch(() => undefined); // Who asked hears of it.
    return writing;
  }

  async #write(change: TransitionChange): Promise<void> {
    const row = await this.#deps.transitions.update(this.#row.id, {
      ...change,
      steps: this.#steps,
    });
    if (!row) return;
    this.#row = row;
    await this.#deps.onChanged(row);
  }
}

const DONE: Readonly<Record<TransitionKind, string>> = {
  start: 'Ready',
  stop: 'Stopped',
  delete: 'Deleted',
  update: 'Updated',
};
const FAILED: Readonly<Record<TransitionKind, string>> = {
  start: 'The start failed',
  stop: 'The stop failed',
  delete: 'The deletion failed',
  update: 'The update failed',
};

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
