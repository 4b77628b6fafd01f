import { AppError } from '@spt-flow/shared/domain/errors';
import type { Clock } from '../../../lib/clock.ts';
import { within } from '../../../lib/abort.ts';
import type { Lane } from './lane.ts';
import type { Providers } from '../../providers/index.ts';
import type { StateChange, WorkspaceRow, WorkspacesRepository } from '../workspaces-repository.ts';

/** A provider that does not answer by then is taken for broken. */
export const ANSWER_LIMIT_MS = 30_000;
/** A workspace that ran this long starts with a clean record. */
const STABLE_AFTER_MS = 60_000;

export interface ObserverDeps {
  readonly repository: WorkspacesRepository;
  readonly providers: Providers;
  readonly clock: Clock;
  readonly log: (
    workspace: WorkspaceRow,
    level: 'info' | 'error',
    text: string,
    correlationId?: string,
  ) => Promise<void>;
  readonly onWorkspaceChanged: (workspaceId: string) => Promise<void>;
}

/** createObserver returns what reads the row of a workspace, corrected by what its provider sees. */
export function createObserver(deps: ObserverDeps) {
  const { repository, providers, clock, log, onWorkspaceChanged } = deps;

  /** Somebody who may has stopped it where it runs: what is done by itself must not start it again. */
  async function accept(row: WorkspaceRow, lane: Lane): Promise<WorkspaceRow | undefined> {
    const reason = takeEndReason(lane) ?? 'The workspace was stopped outside of spt-flow';
    const changed = await repository.transaction(async (tx) => {
      await repository.replaceDesired(row.id, { from: 'running', to: 'stopped' }, tx);
      return repository.setActual(row.id, { actualState: 'stopped' }, tx);
    });
    await onWorkspaceChanged(row.id);
    await log(row, 'info', reason);
    return changed;
  }

  async function noteEnd(row: WorkspaceRow, lane: Lane): Promise<WorkspaceRow | undefined> {
    const reason = takeEndReason(lane);
    const state: StateChange =
      reason === undefined
        ? { actualState: 'stopped' }
        : { actualState: 'failed', failure: reason };
    const changed = await repository.setActual(row.id, state);
    await onWorkspaceChanged(row.id);
    if (reason !== undefined && changed) await noteCrash(changed, lane, reason);
    return changed;
  }

  /** Started again after a while, longer each time: a workspace that always ends at once must not keep the machine busy. */
  async function noteCrash(workspace: WorkspaceRow, lane: Lane, reason: string): Promise<void> {
    if (clock.monotonicMs() - lane.runningSinceMs > STABLE_AFTER_MS) lane.attempts = 0;
    lane.crash = new AppError('workspace_start_failed', reason);
    await log(workspace, 'error', reason);
  }

  return async (workspaceId: string, lane: Lane): Promise<WorkspaceRow | undefined> => {
    const row = await repository.get(workspaceId);
    if (row?.actualState !== 'running') return row;
    switch (await within(ANSWER_LIMIT_MS, providers.of(row).inspect(workspaceId))) {
      case 'running':
        return row;
      case 'stopped':
        return accept(row, lane);
      case 'away':
        // What it does there nobody knows: whatever is wanted has to be asked of it again.
        return { ...row, actualState: 'failed' };
      case 'absent':
        return noteEnd(row, lane);
    }
  };
}

function takeEndReason(lane: Lane): string | undefined {
  const { endReason } = lane;
  lane.endReason = undefined;
  return endReason;
}
