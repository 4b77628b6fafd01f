import { AppError } from '@spt-flow/shared/domain/errors';
import type { WorkspaceSettings } from '@spt-flow/shared/domain/workspace-settings';
import type { WorkspaceProvider } from './provider.ts';

type Fitting = Pick<WorkspaceProvider, 'virtualizationProblem' | 'lacks'>;
type Wanted = Pick<WorkspaceSettings, 'virtualization' | 'isolation' | 'egress'>;

/** assertFit refuses settings that a provider's machine can't give, and no one may do without; AppError `machine_unfit`. */
export function assertFit(provider: Fitting, wanted: Wanted): void {
  assertKeepsIn(provider, wanted);
  if (wanted.virtualization) assertVirtualizes(provider, wanted);
}

/** Who wants to be kept from hosts must not run where nothing does that. */
function assertKeepsIn({ lacks = [] }: Fitting, { egress }: Wanted): void {
  if (egress === null) return;
  if (lacks.includes('egress'))
    throw unfit(
      'The template limits what the workspace reaches, and nothing does that where it runs',
    );
  if (egress.length > 0 && lacks.includes('egress-hosts'))
    throw unfit(
      'The template limits what the workspace reaches by names of hosts, and Kubernetes does it by addresses only: an empty list permits nothing but the control plane',
    );
}

function assertVirtualizes(provider: Fitting, { isolation }: Wanted): void {
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
