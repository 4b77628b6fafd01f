import type { GroupExit } from '../runtime/spawn-group.ts';
import type { Watched } from './transaction.ts';

/** An app that ends by itself this soon after the commit takes its change set with it. */
export const GUARD_WINDOW_MS = 10_000;

export interface GuardDeps {
  /** Rejects when the signal ends it early. */
  sleep(ms: number, signal: AbortSignal): Promise<unknown>;
  readonly nowMs: () => number;
  /** The app ended by itself. */
  revert(watched: Watched, crash: Crash): Promise<void>;
  /** The change set stays: its undo data may go. */
  settle(): Promise<void>;
  onError(error: unknown): void;
}

export interface Crash {
  readonly exit: GroupExit;
  readonly afterMs: number;
}

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

  async function watch(watched: Watched, signal: AbortSignal): Promise<void> {
    const { running } = watched;
    const committedMs = deps.nowMs();
    const over = deps.sleep(GUARD_WINDOW_MS, signal).then(
      () => undefined,
      () => undefined,
    );
    const exit = await Promise.race([running.exited, over]);
    if (!exit || running.wasStopped()) return deps.settle();
    isReverting = true;
    await deps.revert(watched, { exit, afterMs: Math.max(0, deps.nowMs() - committedMs) });
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
