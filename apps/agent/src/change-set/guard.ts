import type { GroupExit } from '../runtime/spawn-group.ts';
import type { Silence } from './health-watch.ts';
import type { Probe } from './probe.ts';
import type { Watched } from './transaction.ts';

/** An app that fails by itself this soon after the commit takes its change set with it. */
export const GUARD_WINDOW_MS = 10_000;

export interface GuardDeps {
  /** Rejects when the signal ends it early. */
  sleep(ms: number, signal: AbortSignal): Promise<unknown>;
  /** A clock that nobody sets. */
  readonly nowMs: () => number;
  /** Resolves with how the app stopped working; undefined after a good window. */
  watchHealth(watched: Watched, probe: Probe, signal: AbortSignal): Promise<Silence | undefined>;
  /** The app failed by itself. */
  revert(watched: Watched, failure: LateFailure): Promise<void>;
  /** The change set stays: its undo data may go. */
  settle(): Promise<void>;
  onError(error: unknown): void;
}

/** How an app failed after its change set was committed, and how long after. */
export type LateFailure =
  | { readonly kind: 'ended'; readonly exit: GroupExit; readonly afterMs: number }
  | ({ readonly kind: 'unhealthy' } & Silence);

/** Guard watches the app of the change set that was committed last. */
export interface Guard {
  open(watched: Watched): void;
  /** Ends the window, so that the change set is final; waits for a rollback that has begun. */
  close(): Promise<void>;
  readonly isReverting: boolean;
}

export function createGuard(deps: GuardDeps): Guard {
  let window = new AbortController();
  let closed: Promise<void> = Promise.resolve();
  let isReverting = false;

  async function watch(watched: Watched, closing: AbortSignal): Promise<void> {
    const { running } = watched;
    const committedMs = deps.nowMs();
    const over = new AbortController();
    const signal = AbortSignal.any([closing, over.signal]);
    const failure = await Promise.race([
      running.exited.then((exit) => ({
        kind: 'ended' as const,
        exit,
        afterMs: deps.nowMs() - committedMs,
      })),
      healthOf(watched, signal),
    ]);
    over.abort();
    if (!failure || running.wasStopped()) return deps.settle();
    isReverting = true;
    await deps.revert(watched, failure);
  }

  async function healthOf(watched: Watched, signal: AbortSignal) {
    const { probe } = watched.journal.plan;
    if (!probe) {
      await deps.sleep(GUARD_WINDOW_MS, signal).catch(() => undefined);
      return undefined;
    }
    const silence = await deps.watchHealth(watched, probe, signal);
    return silence && { kind: 'unhealthy' as const, ...silence };
  }

  return {
    open(watched) {
      window = new AbortController();
      const { signal } = window;
      closed = watch(watched, signal)
        .catch(deps.onError)
        .finally(() => (isReverting = false));
    },
    close() {
      window.abort();
      return closed;
    },
    get isReverting() {
      return isReverting;
    },
  };
}
