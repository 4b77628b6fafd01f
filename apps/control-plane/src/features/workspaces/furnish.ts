import { DEADLINE_SECONDS } from '@spt-flow/shared/domain/workspace-state';
import { launch } from './launch.ts';
import type { Connected, OperationsDeps } from './operation.ts';
import type { TransitionRun } from './transition-run.ts';
import type { WorkspaceRow } from './workspaces-repository.ts';

interface Started {
  readonly workspace: WorkspaceRow;
  readonly run: TransitionRun;
  readonly started: Connected;
}

/** furnish makes the container what the repository in it asks for, and returns the connection that is left in the end. */
export async function furnish(deps: OperationsDeps, input: Started): Promise<Connected> {
  const { furnishing } = deps;
  if (!furnishing) return input.started;
  const { workspace, run } = input;
  const { container, failed } = input.started;
  const another = await Promise.race([furnishing.prepare({ workspace, run, container }), failed]);
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
