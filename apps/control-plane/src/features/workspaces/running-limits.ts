import type { Queryable } from '@spt-flow/db/client';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { WorkspaceRow, WorkspacesRepository } from './workspaces-repository.ts';

const MAX_NAMES = 5;
/** To programs. */
const MAX_TOLD = 100;

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
  const full = runningQuotas(deps.limits, workspace.ownerId, others).find(isUsedUp);
  if (!full) return;
  throw new AppError('limit_reached', usedUpText(full), {
    details: { rule: full.rule, running: full.names.slice(0, MAX_TOLD) },
  });
}

/** RunningQuota is one of the limits, and what there is of it. */
interface RunningQuota {
  readonly rule: 'running-per-person' | 'running-per-organization';
  /** Null: no limit. */
  readonly limit: number | null;
  /** Of those that run. */
  readonly names: readonly string[];
}

export function runningQuotas(
  { perUser, perOrganization }: RunningLimits,
  ownerId: string,
  running: readonly { readonly name: string; readonly ownerId: string }[],
): RunningQuota[] {
  const own = running.filter((one) => one.ownerId === ownerId);
  const named = (some: readonly { readonly name: string }[]) => some.map(({ name }) => name);
  return [
    { rule: 'running-per-person', limit: perUser, names: named(own) },
    { rule: 'running-per-organization', limit: perOrganization ?? null, names: named(running) },
  ];
}

export function isUsedUp({ limit, names }: RunningQuota): boolean {
  return limit !== null && names.length >= limit;
}

/** usedUpText says which limit is reached, and what to stop; people who never saw a workspace read it too. */
export function usedUpText({ rule, limit, names }: RunningQuota): string {
  const whose = rule === 'running-per-person' ? 'One person' : 'The organization';
  const shown = names.slice(0, MAX_NAMES).map((name) => `"${name}"`);
  const rest = names.length > MAX_NAMES ? ' or another' : '';
  const apps = `${limit ?? names.length} ${limit === 1 ? 'app' : 'apps'}`;
  return `${whose} can have ${apps} running at a time: stop ${shown.join(', ')}${rest} first`;
}
