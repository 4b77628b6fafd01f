import type { Queryable } from '@spt-flow/db/client';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { WorkspaceRow, WorkspacesRepository } from './workspaces-repository.ts';

const MAX_NAMES = 5;

/** RunningLimits is how many workspaces may run at once; servers of one's own do not count. */
export interface RunningLimits {
  readonly perUser: number;
  /** Undefined: no limit. */
  readonly perOrganization: number | undefined;
}

type Starting = Pick<WorkspaceRow, 'ownerId' | 'organizationId' | 'provider'> & { id?: string };

/** assertMayRun throws `limit_reached` with what to stop; it holds the place until the transaction ends. */
export async function assertMayRun(
  deps: { readonly repository: WorkspacesRepository; readonly limits: RunningLimits },
  workspace: Starting,
  tx: Queryable,
): Promise<void> {
  if (workspace.provider === 'server') return;
  const running = await deps.repository.lockRunning(workspace.organizationId, tx);
  const others = running.filter(({ id }) => id !== workspace.id);
  const { perUser, perOrganization } = deps.limits;
  const own = others.filter(({ ownerId }) => ownerId === workspace.ownerId);
  if (own.length >= perUser) throw limitReached('Its owner has', own);
  if (perOrganization !== undefined && others.length >= perOrganization)
    throw limitReached('The organization has', others);
}

function limitReached(whose: string, running: readonly { readonly name: string }[]): AppError {
  const names = running.map(({ name }) => name);
  const shown = names.slice(0, MAX_NAMES).map((name) => `"${name}"`);
  const rest = names.length > MAX_NAMES ? ' or another' : '';
  const count = `${names.length} running ${names.length === 1 ? 'workspace' : 'workspaces'}`;
  return new AppError(
    'limit_reached',
    `${whose} ${count}, which is the limit: stop ${shown.join(', ')}${rest} first`,
    { details: { running: names.slice(0, 100) } },
  );
}
