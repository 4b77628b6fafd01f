import { DEADLINE_SECONDS } from '@spt-flow/shared/domain/workspace-state';
import { launch } from './launch.ts';
import type { Connected, OperationsDeps } from './operations-deps.ts';
import type { TransitionRun } from '../transitions/index.ts';
import type { WorkspaceRow } from '../workspaces-repository.ts';

interface Started {
  readonly workspace: WorkspaceRow;
  readonly run: TransitionRun;
  readonly started: Connected;
  /** Never rejects. What is only read of the workspace needs no secrets, what runs in it does. */
  readonly delivered: Promise<void>;
}

/** furnish makes the container what the repository in it asks for, and returns the connection that is left in the end. */
export async function furnish(deps: OperationsDeps, input: Started): Promise<Connected> {
  const { furnishing } = deps;
  const { workspace, run, delivered } = input;
  if (!furnishing) {
    await delivered;
    return input.started;
  }
  const { container, failed } = input.started;
  const prepared = furnishing.prepare({ workspace, run, container });
  const [another] = await Promise.race([Promise.all([prepared, delivered]), failed]);
  const started = another ? await startAnother(deps, input, another.undo) : input.started;
  const current = (await deps.repository.get(workspace.id)) ?? workspace;
  await Promise.race([
    furnishing.finish({ workspace: current, run, container: started.container }),
    started.failed,
  ]);
  return started;
}

async function startAnother(
  deps: OperationsDeps,
  { workspace, run }: Started,
  undo: (error: unknown) => Promise<void>,
): Promise<Connected> {
  await run.extendDeadline(DEADLINE_SECONDS.start);
  try {
    return await launch(deps, workspace, run);
  } catch (error) {
    run.signal.throwIfAborted();
    await undo(error);
    return launch(deps, workspace, run);
  }
}
