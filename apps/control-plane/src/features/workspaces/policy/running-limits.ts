import type { Queryable } from '@spt-flow/db/client';
import { AppError } from '@spt-flow/shared/domain/errors';
import type {
  RunningWorkspace,
  WorkspaceRow,
  WorkspacesRepository,
} from '../workspaces-repository.ts';

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
  readonly used: number;
  /** Of those that run, but for what others have in restricted projects. */
  readonly names: readonly string[];
}

export function runningQuotas(
  { perUser, perOrganization }: RunningLimits,
  ownerId: string,
  running: readonly RunningWorkspace[],
): RunningQuota[] {
  const own = running.filter((one) => one.ownerId === ownerId);
  const told = (some: readonly RunningWorkspace[]) => ({
    used: some.length,
    names: some
      .filter((one) => one.ownerId === ownerId || !one.isRestricted)
      .map(({ name }) => name),
  });
  return [
    { rule: 'running-per-person', limit: perUser, ...told(own) },
    { rule: 'running-per-organization', limit: perOrganization ?? null, ...told(running) },
  ];
}

export function isUsedUp({ limit, used }: RunningQuota): boolean {
  return limit !== null && used >= limit;
}

/** usedUpText says which limit is reached, and what to stop; people who never saw a workspace read it too. */
export function usedUpText({ rule, limit, used, names }: RunningQuota): string {
  const whose = rule === 'running-per-person' ? 'One person' : 'The organization';
  const shown = names.slice(0, MAX_NAMES).map((name) => `"${name}"`);
  if (used > MAX_NAMES) shown.push('another');
  const apps = `${limit ?? used} ${limit === 1 ? 'app' : 'apps'}`;
  if (names.length === 0) return `${whose} can have ${apps} running at a time: others have them`;
  return `${whose} can have ${apps} running at a time: stop ${alternatives(shown)} first`;
}

function alternatives(names: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(names);
}
