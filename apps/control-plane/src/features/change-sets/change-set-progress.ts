import type { ChangeSetProgress } from '@spt-flow/shared/agent-protocol/change-set';
import type { FinishDeps } from './finish-change-set.ts';

/** ProgressTeller tells live how far a change set is, in order. */
interface ProgressTeller {
  tell(progress: ChangeSetProgress): void;
  /** Resolves when all is told. */
  told(): Promise<void>;
}

export function createProgressTeller(
  { events, logger }: Pick<FinishDeps, 'events' | 'logger'>,
  { workspaceId, projectId }: { readonly workspaceId: string; readonly projectId: string },
): ProgressTeller {
  let last: Promise<unknown> = Promise.resolve();
  return {
    tell({ phase, state, durationMs }) {
      const event = { type: 'change-set.progress' as const, workspaceId, phase, state, durationMs };
      // Whether somebody could be told changes nothing about the change set.
      last = last
        .then(() => events.append(`project:${projectId}`, event))
        .catch((error: unknown) =>
          logger.warn({ err: error, workspaceId }, 'progress of a change set was not told'),
        );
    },
    told: () => last.then(() => undefined),
  };
}
