import type { ContainerPlan } from '../../providers/index.ts';
import type { TransitionRun } from '../transitions/index.ts';
import type { WorkspaceRow } from '../workspaces-repository.ts';

export interface FurnishingContext {
  readonly workspace: WorkspaceRow;
  readonly run: Pick<
    TransitionRun,
    'step' | 'signal' | 'correlationId' | 'extendDeadline' | 'rename'
  >;
  /** What the container was started with. */
  readonly container: ContainerPlan | null;
}

/**
 * Furnishing gives a workspace the container, and the first commands, that its repository describes. What is wrong
 * with the description keeps nobody out of the workspace: it is told, and the container stays as it was.
 */
export interface Furnishing {
  /** For a start that is about to happen; null: as the settings of the workspace say. */
  containerOf(workspace: WorkspaceRow): Promise<ContainerPlan | null>;
  /** Looks at the repository's files once the agent is connected; null: the container is as they want it. */
  prepare(context: FurnishingContext): Promise<Refurbishment | null>;
  /** Does what has to be done in the container before the workspace is ready. */
  finish(context: FurnishingContext): Promise<void>;
}

/** Refurbishment is another container that waits to be started. */
export interface Refurbishment {
  /** It did not start: the next one is to be as before. */
  undo(error: unknown): Promise<void>;
}
