import { AppError } from '@spt-flow/shared/domain/errors';
import {
  DEADLINE_SECONDS,
  type ActualState,
  type TransitionKind,
} from '@spt-flow/shared/domain/workspace-state';
import { within } from '../../../lib/abort.ts';
import type { Lane } from './lane.ts';
import { ANSWER_LIMIT_MS, type ObserverDeps } from './observe.ts';
import { isAway } from './retries.ts';
import { messageOf, TransitionRun } from './transition-run.ts';
import type { TransitionRow, TransitionsRepository } from './transitions-repository.ts';
import type { WorkspaceRow } from '../workspaces-repository.ts';

/** Operation does what one kind of transition takes. */
export type Operation = (workspace: WorkspaceRow, run: TransitionRun) => Promise<void>;

/** An update is a start of what is there already. */
type PerformedKind = Exclude<TransitionKind, 'update'>;

const STATE_WHILE: Readonly<Record<PerformedKind, ActualState>> = {
  start: 'starting',
  stop: 'stopping',
  delete: 'deleting',
};
const STATE_AFTER: Readonly<Record<PerformedKind, ActualState>> = {
  start: 'running',
  stop: 'stopped',
  delete: 'deleted',
};

export interface PerformerDeps extends ObserverDeps {
  readonly transitions: TransitionsRepository;
  readonly operations: Record<PerformedKind, Operation>;
  readonly onTransitionChanged: (transition: TransitionRow) => Promise<void>;
  /** The workspace runs and its agent is connected. */
  readonly onRunning: (workspace: WorkspaceRow) => void;
  readonly onError: (error: unknown, workspaceId: string) => void;
  readonly deadlineSeconds?: Partial<Record<TransitionKind, number>> | undefined;
}

/** createPerformer returns what performs one transition, and returns what it failed with. */
export function createPerformer(deps: PerformerDeps) {
  const { repository, providers, clock } = deps;

  function begin(workspace: WorkspaceRow, kind: PerformedKind, lane: Lane): Promise<TransitionRun> {
    const { transitions, onTransitionChanged: onChanged } = deps;
    const { reason, correlationId, isBackground = false } = lane.cause;
    return TransitionRun.begin(
      {
        ...{ transitions, clock, onChanged },
        log: (level, text) =>
          deps.log(workspace, level === 'error' ? 'error' : 'info', text, correlationId),
      },
      {
        organizationId: workspace.organizationId,
        workspaceId: workspace.id,
        kind,
        reason: lane.attempts === 0 ? reason : `${reason} (attempt ${lane.attempts + 1})`,
        ...{ correlationId, isBackground },
        deadlineSeconds: deadlineOf(workspace, kind),
      },
    );
  }

  function deadlineOf(workspace: WorkspaceRow, kind: PerformedKind): number {
    const { endSeconds } = providers.of(workspace);
    const usual = kind === 'start' ? undefined : endSeconds;
    return deps.deadlineSeconds?.[kind] ?? usual ?? DEADLINE_SECONDS[kind];
  }

  async function carryOut(
    workspace: WorkspaceRow,
    kind: PerformedKind,
    lane: Lane,
  ): Promise<unknown> {
    const run = await begin(workspace, kind, lane);
    lane.run = run;
    if (lane.cancelledBecause !== undefined) run.cancel(lane.cancelledBecause);
    try {
      await repository.setActual(workspace.id, { actualState: STATE_WHILE[kind], failure: null });
      // Who follows hears of it meanwhile, and before the end of it: notices keep their order.
      void deps.onWorkspaceChanged(workspace.id);
      await deps.operations[kind](workspace, run);
      const changed = await setActual(workspace.id, STATE_AFTER[kind]);
      await run.finish(null);
      if (kind === 'start' && changed) noteRunning(changed, lane);
      return undefined;
    } catch (error) {
      await fail(workspace, run, error);
      return error ?? new AppError('internal');
    }
  }

  function noteRunning(workspace: WorkspaceRow, lane: Lane): void {
    lane.runningSinceMs = clock.monotonicMs();
    lane.absences = 0;
    deps.onRunning(workspace);
  }

  /** What a failed start left must not run on unseen. */
  async function fail(workspace: WorkspaceRow, run: TransitionRun, error: unknown): Promise<void> {
    const workspaceId = workspace.id;
    const provider = providers.of(workspace);
    if (run.kind === 'start' && provider.ownsMachine && !isAway(error))
      await within(ANSWER_LIMIT_MS, provider.stop(workspaceId, { graceMs: 0 })).catch(
        (cause: unknown) => tellLeft(workspace, cause),
      );
    const failure =
      error instanceof AppError
        ? error.message
        : `Something went wrong in spt-flow (${messageOf(error)})`;
    if (!(error instanceof AppError)) deps.onError(error, workspaceId);
    await setActual(workspaceId, 'failed', failure);
    await run.finish(failure);
  }

  async function tellLeft(workspace: WorkspaceRow, cause: unknown): Promise<void> {
    if (!providers.of(workspace).isElsewhere) return deps.onError(cause, workspace.id);
    const why = cause instanceof AppError ? cause.message : 'it takes its time';
    await deps.log(workspace, 'error', `What the start left may still run: ${why}`);
  }

  async function setActual(
    workspaceId: string,
    actualState: ActualState,
    failure: string | null = null,
  ): Promise<WorkspaceRow | undefined> {
    const changed = await repository.setActual(workspaceId, { actualState, failure });
    await deps.onWorkspaceChanged(workspaceId);
    return changed;
  }

  return async (workspace: WorkspaceRow, kind: PerformedKind, lane: Lane): Promise<unknown> => {
    lane.kind = kind;
    lane.cancelledBecause = undefined;
    lane.arrived = false;
    try {
      return await carryOut(workspace, kind, lane);
    } finally {
      lane.kind = undefined;
      lane.run = undefined;
    }
  };
}
