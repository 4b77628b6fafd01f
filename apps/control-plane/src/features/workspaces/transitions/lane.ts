import type { AppError } from '@spt-flow/shared/domain/errors';
import type { TransitionKind } from '@spt-flow/shared/domain/workspace-state';
import type { TransitionRun } from './transition-run.ts';

/** Why a transition happens, for the timeline. */
export interface Cause {
  readonly reason: string;
  readonly correlationId: string;
  /** It happens by itself: what people ask for goes before it. */
  readonly isBackground?: true;
}

/** Lane is the work on one workspace. INVARIANT: one transition at a time. */
export class Lane {
  cause: Cause;
  kind: TransitionKind | undefined;
  run: TransitionRun | undefined;
  /** Why the transition is to end; it may be asked to before its run has begun. */
  cancelledBecause: string | undefined;
  work: Promise<void> | undefined;
  retry: NodeJS.Timeout | undefined;
  woken = false;
  /** Its agent connected since the transition began. */
  arrived = false;
  isForgotten = false;
  attempts = 0;
  /** How often in a row what runs the workspace was away. */
  absences = 0;
  /** It waits for that to come back: nothing is being done, and nobody has to wait for it. */
  absence: AbortController | undefined;
  runningSinceMs = 0;
  endReason: string | undefined;
  /** It ended since the last look, and was not asked to. */
  crash: AppError | undefined;
  failure: unknown;

  constructor(cause: Cause) {
    this.cause = cause;
  }

  /** It is not woken by itself any more. */
  stopWaiting(): void {
    clearTimeout(this.retry);
    this.retry = undefined;
    this.absence?.abort();
    this.absence = undefined;
  }

  cancel(reason: string): void {
    this.cancelledBecause ??= reason;
    this.run?.cancel(this.cancelledBecause);
  }
}

/** As it is now: the compiler takes it for what was last assigned. */
export function isWoken(lane: Lane): boolean {
  return lane.woken;
}

export function isIdle(lane: Lane): boolean {
  return !lane.work && !lane.retry && !lane.woken;
}
