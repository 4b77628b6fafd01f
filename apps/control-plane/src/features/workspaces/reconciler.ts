import { AppError } from '@spt-flow/shared/domain/errors';
import {
  DEADLINE_SECONDS,
  transitionFor,
  type ActualState,
  type TransitionKind,
} from '@spt-flow/shared/domain/workspace-state';
import { newCorrelationId } from '../../lib/correlation.ts';
import type { Clock } from '../../lib/clock.ts';
import { reasonOf, within } from './abort.ts';
import { isIdle, isWoken, Lane, type Cause } from './lane.ts';
import { messageOf, TransitionRun, type TransitionRunDeps } from './transition-run.ts';
import { createRetries, isAway } from './retries.ts';
import type { Operation } from './operation.ts';
import type { Providers } from './providers.ts';
import type { Share } from './share.ts';
import type { TransitionRow, TransitionsRepository } from './transitions-repository.ts';
import type { StateChange, WorkspaceRow, WorkspacesRepository } from './workspaces-repository.ts';

/** A provider that does not answer by then is taken for broken. */
const ANSWER_LIMIT_MS = 30_000;
/** A workspace that ran this long starts with a clean record. */
const STABLE_AFTER_MS = 60_000;

const STATE_WHILE: Readonly<Record<TransitionKind, ActualState>> = {
  start: 'starting',
  stop: 'stopping',
  delete: 'deleting',
  update: 'starting',
};
const STATE_AFTER: Readonly<Record<TransitionKind, ActualState>> = {
  start: 'running',
  stop: 'stopped',
  delete: 'deleted',
  update: 'running',
};

export interface ReconcilerDeps {
  readonly repository: WorkspacesRepository;
  readonly transitions: TransitionsRepository;
  readonly providers: Providers;
  readonly operations: Record<'start' | 'stop' | 'delete', Operation>;
  readonly clock: Clock;
  readonly share: Share;
  readonly log: (
    workspace: WorkspaceRow,
    level: 'info' | 'error',
    text: string,
    correlationId?: string,
  ) => Promise<void>;
  readonly onWorkspaceChanged: (workspaceId: string) => Promise<void>;
  readonly onTransitionChanged: (transition: TransitionRow) => Promise<void>;
  /** The workspace runs and its agent is connected. */
  readonly onRunning: (workspace: WorkspaceRow) => void;
  readonly onError: (error: unknown, workspaceId: string) => void;
  readonly deadlineSeconds?: Partial<Record<TransitionKind, number>> | undefined;
  readonly firstRetryMs?: number | undefined;
}

export interface Reconciler {
  /** Brings order after a stop or a crash of the control plane; nothing else may be called before. */
  boot(): Promise<void>;
  /** Goes on with what another replica looked after that is gone. */
  takeOver(reason: string): Promise<void>;
  /** True for all that this replica looks after, since it was asked about it for the first time. */
  has(workspaceId: string): boolean;
  /** Somebody asked: works on the workspace now, with a clean record, and cancels a start that is not wanted any more. */
  request(workspace: WorkspaceRow, cause: Cause): void;
  /** A person waits for what is being done by itself. */
  hurry(workspaceId: string): void;
  /** Ends what is being done now, unless it removes the workspace; what is wanted decides about what comes next. */
  cancel(workspaceId: string, reason: string): void;
  /** Nothing more is to be done about the workspace, also where what is being done never ends. */
  forget(workspaceId: string, reason: string): void;
  /** A machine that is not ours came by itself: what could not be done without it may be done now. */
  connected(workspaceId: string): void;
  /** The provider says that the workspace ended. */
  ended(workspaceId: string, reason: string): void;
  /** Resolves once nothing is being done or about to be retried. */
  settled(workspaceId: string, signal?: AbortSignal): Promise<void>;
  /** Something is being done, or about to be retried. */
  isBusy(workspaceId: string): boolean;
  /** What the last attempt failed with. */
  failureOf(workspaceId: string): unknown;
  close(): Promise<void>;
}

export function createReconciler(deps: ReconcilerDeps): Reconciler {
  return new WorkspaceReconciler(deps);
}

class WorkspaceReconciler implements Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #lanes = new Map<string, Lane>();
  readonly #idle = new Map<string, Set<() => void>>();
  readonly #retry: ReturnType<typeof createRetries>;
  #closing = false;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
    this.#retry = createRetries({
      ...{ onError: deps.onError, firstRetryMs: deps.firstRetryMs },
      wake: (workspaceId, lane) => this.#wake(workspaceId, lane.cause),
      untilAvailable: (workspaceId, signal) => this.#untilAvailable(workspaceId, signal),
    });
  }

  async boot(): Promise<void> {
    const { providers, share } = this.#deps;
    const spared = await share.ofOthers();
    for (const provider of providers.all) await provider.reap(spared);
    await this.takeOver('The control plane restarted');
  }

  async takeOver(reason: string): Promise<void> {
    const { transitions, clock, share } = this.#deps;
    const cause: Cause = { reason, correlationId: newCorrelationId(), isBackground: true };
    const ids = await share.take();
    for (const id of ids) {
      const row = await transitions.failRunningOf(id, reason, clock.now());
      if (row) await this.#deps.onTransitionChanged(row);
    }
    // Before anybody may ask: what ran when whoever looked after it ended runs no more.
    for (const id of ids)
      await this.#observe(id, this.#lane(id, cause)).catch((error: unknown) => {
        // What can't be asked now is asked again, and nothing else waits for it.
        this.#deps.onError(error, id);
      });
    for (const id of ids) this.#wake(id, cause);
  }

  has(workspaceId: string): boolean {
    return this.#lanes.has(workspaceId);
  }

  request(workspace: WorkspaceRow, cause: Cause): void {
    const lane = this.#lane(workspace.id, cause);
    lane.attempts = 0;
    lane.absences = 0;
    const starts = lane.kind === 'start';
    if (!cause.isBackground) lane.run?.hurry();
    if (starts && workspace.desiredState === 'running') return;
    if (starts) lane.cancel(cause.reason);
    this.#wake(workspace.id, cause);
  }

  hurry(workspaceId: string): void {
    this.#lanes.get(workspaceId)?.run?.hurry();
  }

  cancel(workspaceId: string, reason: string): void {
    const lane = this.#lanes.get(workspaceId);
    if (lane?.kind !== undefined && lane.kind !== 'delete') lane.cancel(reason);
  }

  forget(workspaceId: string, reason: string): void {
    const lane = this.#lanes.get(workspaceId);
    if (!lane) return;
    lane.isForgotten = true;
    lane.woken = false;
    lane.stopWaiting();
    lane.cancel(reason);
    this.#lanes.delete(workspaceId);
    this.#tellWaiting(workspaceId);
  }

  connected(workspaceId: string): void {
    const lane = this.#lanes.get(workspaceId);
    if (!lane || this.#closing) return;
    lane.arrived = true;
    // A transition that runs notices by itself.
    if (lane.work) return;
    lane.attempts = 0;
    this.#wake(workspaceId, {
      reason: 'The server connected',
      correlationId: newCorrelationId(),
      isBackground: true,
    });
  }

  ended(workspaceId: string, reason: string): void {
    const lane = this.#lanes.get(workspaceId);
    if (!lane || this.#closing) return;
    lane.endReason = reason;
    // A transition that runs notices by itself, and looks once more when it is done.
    if (lane.run) return;
    const correlationId = newCorrelationId();
    this.#wake(workspaceId, { reason, correlationId, isBackground: true });
  }

  isBusy(workspaceId: string): boolean {
    const lane = this.#lanes.get(workspaceId);
    return lane !== undefined && !isIdle(lane);
  }

  async settled(workspaceId: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (!this.isBusy(workspaceId)) return;
    await new Promise<void>((resolve, reject) => {
      const waiting = this.#idle.get(workspaceId) ?? new Set();
      this.#idle.set(workspaceId, waiting.add(resolve));
      signal?.addEventListener(
        'abort',
        () => {
          waiting.delete(resolve);
          reject(reasonOf(signal));
        },
        { once: true },
      );
    });
  }

  failureOf(workspaceId: string): unknown {
    return this.#lanes.get(workspaceId)?.failure;
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const lane of this.#lanes.values()) {
      lane.stopWaiting();
      lane.cancel('The control plane stopped');
    }
    for (const lane of this.#lanes.values()) await lane.work;
  }

  #lane(workspaceId: string, cause: Cause): Lane {
    const lane = this.#lanes.get(workspaceId) ?? new Lane(cause);
    this.#lanes.set(workspaceId, lane);
    return lane;
  }

  #wake(workspaceId: string, cause: Cause): void {
    const lane = this.#lane(workspaceId, cause);
    lane.stopWaiting();
    lane.cause = cause;
    lane.woken = true;
    if (lane.work || this.#closing) return;
    lane.work = this.#work(workspaceId, lane)
      .catch((error: unknown) => {
        this.#deps.onError(error, workspaceId);
        this.#retryLater(workspaceId, lane, error);
      })
      .finally(() => {
        lane.work = undefined;
        if (lane.isForgotten) return;
        if (lane.woken && !this.#closing) this.#wake(workspaceId, lane.cause);
        else this.#tellIdle(workspaceId, lane);
      });
  }

  async #work(workspaceId: string, lane: Lane): Promise<void> {
    while (lane.woken && !lane.isForgotten && !this.#closing) {
      lane.woken = false;
      const workspace = await this.#observe(workspaceId, lane);
      // Something else may be wanted than what was just read.
      if (isWoken(lane)) continue;
      const kind = workspace && transitionFor(workspace.desiredState, workspace.actualState);
      if (!kind || kind === 'update') continue;
      lane.failure = lane.crash ?? (await this.#transition(workspace, kind, lane));
      lane.crash = undefined;
      if (lane.failure === undefined) lane.woken = true;
      else this.#retryLater(workspaceId, lane, lane.failure);
    }
  }

  /** The row, corrected by what the provider sees. */
  async #observe(workspaceId: string, lane: Lane): Promise<WorkspaceRow | undefined> {
    const { repository, providers } = this.#deps;
    const row = await repository.get(workspaceId);
    if (row?.actualState !== 'running') return row;
    const seen = await within(ANSWER_LIMIT_MS, providers.of(row).inspect(workspaceId));
    if (seen === 'running') return row;
    if (seen === 'stopped') return this.#accept(row, lane);
    // What it does there nobody knows: whatever is wanted has to be asked of it again.
    if (seen === 'away') return { ...row, actualState: 'failed' };
    const { endReason } = lane;
    lane.endReason = undefined;
    const state: StateChange =
      endReason === undefined
        ? { actualState: 'stopped' }
        : { actualState: 'failed', failure: endReason };
    const changed = await repository.setActual(workspaceId, state);
    await this.#deps.onWorkspaceChanged(workspaceId);
    if (endReason !== undefined && changed) await this.#crashed(changed, lane, endReason);
    return changed;
  }

  /** Somebody who may has stopped it where it runs: what is done by itself must not start it again. */
  async #accept(row: WorkspaceRow, lane: Lane): Promise<WorkspaceRow | undefined> {
    const { repository } = this.#deps;
    const reason = lane.endReason ?? 'The workspace was stopped outside of spt-flow';
    lane.endReason = undefined;
    const changed = await repository.transaction(async (tx) => {
      await repository.replaceDesired(row.id, { from: 'running', to: 'stopped' }, tx);
      return repository.setActual(row.id, { actualState: 'stopped' }, tx);
    });
    await this.#deps.onWorkspaceChanged(row.id);
    await this.#deps.log(row, 'info', reason);
    return changed;
  }

  /** Started again after a while, longer each time: a workspace that always ends at once must not keep the machine busy. */
  async #crashed(workspace: WorkspaceRow, lane: Lane, reason: string): Promise<void> {
    if (this.#deps.clock.monotonicMs() - lane.runningSinceMs > STABLE_AFTER_MS) lane.attempts = 0;
    lane.crash = new AppError('workspace_start_failed', reason);
    await this.#deps.log(workspace, 'error', reason);
  }

  /** Returns what it failed with. */
  async #transition(
    workspace: WorkspaceRow,
    kind: 'start' | 'stop' | 'delete',
    lane: Lane,
  ): Promise<unknown> {
    lane.kind = kind;
    lane.cancelledBecause = undefined;
    lane.arrived = false;
    try {
      return await this.#carryOut(workspace, kind, lane);
    } finally {
      lane.kind = undefined;
      lane.run = undefined;
    }
  }

  async #carryOut(
    workspace: WorkspaceRow,
    kind: 'start' | 'stop' | 'delete',
    lane: Lane,
  ): Promise<unknown> {
    const run = await TransitionRun.begin(this.#runDeps(workspace, lane.cause), {
      organizationId: workspace.organizationId,
      workspaceId: workspace.id,
      kind,
      reason:
        lane.attempts === 0
          ? lane.cause.reason
          : `${lane.cause.reason} (attempt ${lane.attempts + 1})`,
      correlationId: lane.cause.correlationId,
      deadlineSeconds: this.#deadlineOf(workspace, kind),
      isBackground: lane.cause.isBackground ?? false,
    });
    lane.run = run;
    if (lane.cancelledBecause !== undefined) run.cancel(lane.cancelledBecause);
    try {
      await this.#setActual(workspace.id, STATE_WHILE[kind]);
      await this.#deps.operations[kind](workspace, run);
      const changed = await this.#setActual(workspace.id, STATE_AFTER[kind]);
      await run.finish(null);
      if (kind === 'start' && changed) this.#running(changed, lane);
      return undefined;
    } catch (error) {
      await this.#fail(workspace, run, error);
      return error ?? new AppError('internal');
    }
  }

  #deadlineOf(workspace: WorkspaceRow, kind: TransitionKind): number {
    const { deadlineSeconds, providers } = this.#deps;
    const { endSeconds } = providers.byName.get(workspace.provider) ?? {};
    const usual = kind === 'start' ? undefined : endSeconds;
    return deadlineSeconds?.[kind] ?? usual ?? DEADLINE_SECONDS[kind];
  }

  #running(workspace: WorkspaceRow, lane: Lane): void {
    lane.runningSinceMs = this.#deps.clock.monotonicMs();
    lane.absences = 0;
    this.#deps.onRunning(workspace);
  }

  /** What a failed start left must not run on unseen. */
  async #fail(workspace: WorkspaceRow, run: TransitionRun, error: unknown): Promise<void> {
    const workspaceId = workspace.id;
    const provider = this.#deps.providers.of(workspace);
    if (run.kind === 'start' && provider.ownsMachine && !isAway(error))
      await within(ANSWER_LIMIT_MS, provider.stop(workspaceId, { graceMs: 0 })).catch(
        (cause: unknown) => this.#tellLeft(workspace, cause),
      );
    const failure =
      error instanceof AppError
        ? error.message
        : `Something went wrong in spt-flow (${messageOf(error)})`;
    if (!(error instanceof AppError)) this.#deps.onError(error, workspaceId);
    await this.#setActual(workspaceId, 'failed', failure);
    await run.finish(failure);
  }

  async #tellLeft(workspace: WorkspaceRow, cause: unknown): Promise<void> {
    const { isElsewhere } = this.#deps.providers.of(workspace);
    if (!isElsewhere) return this.#deps.onError(cause, workspace.id);
    const why = cause instanceof AppError ? cause.message : 'it takes its time';
    await this.#deps.log(workspace, 'error', `What the start left may still run: ${why}`);
  }

  async #setActual(
    workspaceId: string,
    actualState: ActualState,
    failure: string | null = null,
  ): Promise<WorkspaceRow | undefined> {
    const changed = await this.#deps.repository.setActual(workspaceId, { actualState, failure });
    await this.#deps.onWorkspaceChanged(workspaceId);
    return changed;
  }

  #retryLater(workspaceId: string, lane: Lane, failure: unknown): void {
    if (!this.#closing) this.#retry(workspaceId, lane, failure);
  }

  async #untilAvailable(workspaceId: string, signal: AbortSignal): Promise<void> {
    const row = await this.#deps.repository.get(workspaceId);
    if (row) await this.#deps.providers.of(row).untilAvailable?.(signal);
  }

  #tellIdle(workspaceId: string, lane: Lane): void {
    if (isIdle(lane) || this.#closing) this.#tellWaiting(workspaceId);
  }

  #tellWaiting(workspaceId: string): void {
    for (const resolve of this.#idle.get(workspaceId) ?? []) resolve();
    this.#idle.delete(workspaceId);
  }

  #runDeps(workspace: WorkspaceRow, cause: Cause): TransitionRunDeps {
    return {
      transitions: this.#deps.transitions,
      clock: this.#deps.clock,
      onChanged: this.#deps.onTransitionChanged,
      log: (level, text) =>
        this.#deps.log(workspace, level === 'error' ? 'error' : 'info', text, cause.correlationId),
    };
  }
}
