import { AppError } from '@spt-flow/shared/domain/errors';
import type { WorkspaceSettings } from '@spt-flow/shared/domain/workspace-settings';
import type { WorkspaceProvider } from './provider.ts';

/** assertFit refuses settings that a provider's machine can't give; AppError `machine_unfit`. */
export function assertFit(
  provider: Pick<WorkspaceProvider, 'virtualizationProblem'>,
  { virtualization, isolation }: Pick<WorkspaceSettings, 'virtualization' | 'isolation'>,
): void {
  if (!virtualization) return;
  // The kernel of the host does the work for them: operators decide by the profile who may have that.
  if (isolation !== 'relaxed')
    throw unfit('Virtual machines inside of a workspace need the isolation profile "relaxed"');
  if (!provider.virtualizationProblem)
    throw unfit('Virtual machines run inside of containers only, and this workspace is none');
  const problem = provider.virtualizationProblem();
  if (problem !== undefined) throw unfit(problem);
}

function unfit(message: string): AppError {
  return new AppError('machine_unfit', message);
}
