import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Lane } from './lane.ts';

/** Failures of these kinds come back however often one tries: a person has to do something. */
const FINAL_FAILURES = new Set([
  'clone_failed',
  'repository_url_not_permitted',
  'workspace_busy',
  'copy_unfinished',
  'limit_reached',
  'server_absent',
  'https_required',
  'coder_build_failed',
  'coder_refused',
  'coder_access_lost',
  'coder_entrance_failed',
  'image_unusable',
  'image_wrong_platform',
  'engine_disk_full',
  'cluster_forbidden',
  'cluster_quota_exceeded',
  'container_plan_refused',
  'machine_unfit',
  'policy_refused',
  'policy_failed',
]);
const MAX_ATTEMPTS = 6;
const FIRST_RETRY_MS = 250;
const RETRY_FACTOR = 3;
const LONGEST_RETRY_MS = 30_000;

export interface RetriesDeps {
  readonly wake: (workspaceId: string, lane: Lane) => void;
  /** Resolves once what runs the workspace answers again. */
  readonly untilAvailable: (workspaceId: string, signal: AbortSignal) => Promise<void>;
  readonly onError: (error: unknown, workspaceId: string) => void;
  readonly firstRetryMs?: number | undefined;
}

/** isAway: what runs workspaces does not answer, which is nothing that their owners could mend. */
export function isAway(failure: unknown): boolean {
  return failure instanceof AppError && failure.code === 'engine_unavailable';
}

/** createRetries returns what wakes a lane again after a failure: after a while, longer each time. */
export function createRetries(deps: RetriesDeps) {
  const pauseMs = (failures: number) =>
    Math.min(
      LONGEST_RETRY_MS,
      (deps.firstRetryMs ?? FIRST_RETRY_MS) * RETRY_FACTOR ** (failures - 1),
    );

  /** Never given up: what is away comes back without a word to us. */
  async function awaitReturn(workspaceId: string, lane: Lane): Promise<void> {
    lane.absences += 1;
    const absence = new AbortController();
    const { signal } = absence;
    lane.absence = absence;
    try {
      await delay(pauseMs(lane.absences), undefined, { signal, ref: false });
      await deps.untilAvailable(workspaceId, signal);
    } catch (error) {
      if (!signal.aborted) deps.onError(error, workspaceId);
    }
    if (!signal.aborted) deps.wake(workspaceId, lane);
  }

  return (workspaceId: string, lane: Lane, failure: unknown): void => {
    const wasCancelled = lane.cancelledBecause !== undefined;
    lane.cancelledBecause = undefined;
    if (isAway(failure)) {
      if (!lane.woken && !lane.isForgotten) void awaitReturn(workspaceId, lane);
      return;
    }
    // What somebody ended did not fail.
    if (!wasCancelled) lane.attempts += 1;
    const code = failure instanceof AppError ? failure.code : undefined;
    // It came just when the wait for it was given up.
    if (lane.arrived && code === 'server_absent') lane.woken = true;
    const isFinal = code !== undefined && FINAL_FAILURES.has(code);
    if (isFinal || lane.woken || lane.isForgotten || lane.attempts >= MAX_ATTEMPTS) return;
    lane.retry = setTimeout(() => deps.wake(workspaceId, lane), pauseMs(lane.attempts));
  };
}
