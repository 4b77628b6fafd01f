import { transitionFor } from '@spt-flow/shared/domain/workspace-state';
import { newCorrelationId } from '../../../lib/correlation.ts';
import { reasonOf } from '../../../lib/abort.ts';
import { isIdle, isWoken, Lane, type Cause } from './lane.ts';
import { createObserver } from './observe.ts';
import { createPerformer, type PerformerDeps } from './perform-transition.ts';
import { createRetries } from './retries.ts';
import type { Share } from './share.ts';
import type { WorkspaceRow } from '../workspaces-repository.ts';

export interface ReconcilerDeps extends PerformerDeps {
  readonly share: Share;
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

/** INVARIANT: what is done about one workspace is done in its lane, and nothing else touches it. */
class WorkspaceReconciler implements Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #lanes = new Map<string, Lane>();
  readonly #idle = new Map<string, Set<() => void>>();
  readonly #observe: ReturnType<typeof createObserver>;
  readonly #perform: ReturnType<typeof createPerformer>;
  readonly #retry: ReturnType<typeof createRetries>;
  #closing = false;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
    this.#observe = createObserver(deps);
    this.#perform = createPerformer(deps);
    this.#retry = createRetries({
      ...{ onError: deps.onError, firstRetryMs: deps.firstRetryMs },
      wake: (workspaceId, lane) => this.#wake(workspaceId, lane.cause),
      untilAvailable: (workspaceId, signal) => this.#untilAvailable(workspaceId, signal),
    });
  }

  async boot(): Promise<void> {
    const { providers, share } = this.#deps;
    const spared = await share.ofOthers();
    for (const provider of providers.all().values()) await provider.reap(spared);
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
      lane.failure = lane.crash ?? (await this.#perform(workspace, kind, lane));
      lane.crash = undefined;
      if (lane.failure === undefined) lane.woken = true;
      else this.#retryLater(workspaceId, lane, lane.failure);
    }
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
}
