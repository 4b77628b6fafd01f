import type { OperationsDeps } from './operations-deps.ts';
import { STEPS } from './steps.ts';
import type { TransitionRun } from '../transitions/index.ts';
import { runScript } from './workspace-script.ts';
import type { WorkspaceRow } from '../workspaces-repository.ts';

const LIMIT_SECONDS = 600;

/** runStartScript runs what the template wants at every start. */
export async function runStartScript(
  deps: OperationsDeps,
  workspace: WorkspaceRow,
  run: TransitionRun,
): Promise<void> {
  const { startScript } = workspace;
  if (startScript === null) return;
  await runScript(
    deps,
    { workspace, run },
    {
      step: STEPS.script,
      name: 'The start script',
      argv: ['sh', '-c', startScript],
      limitSeconds: LIMIT_SECONDS,
    },
  );
}
