import type { Queryable } from '@spt-flow/db/client';
import { AppError } from '@spt-flow/shared/domain/errors';
import { DEADLINE_SECONDS } from '@spt-flow/shared/domain/workspace-state';
import type { Audit } from '../../../lib/audit.ts';
import type { Clock } from '../../../lib/clock.ts';
import { auditName, type Principal } from '../../../lib/principal.ts';
import { beforeOf, makingOf, type Blueprint } from './blueprint.ts';
import { templateOf, type Permit } from '../policy/index.ts';
import type { TransitionRow, TransitionsRepository } from '../transitions/index.ts';
import type { WorkspaceRow, WorkspacesRepository } from '../workspaces-repository.ts';

export interface RemakeDeps {
  readonly repository: Pick<WorkspacesRepository, 'get' | 'remake' | 'transaction'>;
  readonly transitions: Pick<TransitionsRepository, 'insert'>;
  readonly audit: Audit;
  readonly permit: Permit;
  readonly clock: Clock;
  readonly onWorkspaceChanged: (workspaceId: string) => Promise<void>;
  readonly onTransitionChanged: (transition: TransitionRow) => Promise<void>;
}

export interface Remake {
  readonly principal: Principal;
  readonly workspaceId: string;
  readonly blueprint: Blueprint;
  /** For the timeline. */
  readonly reason: string;
  readonly correlationId: string;
}

/** remake decides how a workspace is made from its next start on; what runs stays as it is. */
export async function remake(deps: RemakeDeps, change: Remake): Promise<WorkspaceRow> {
  const { principal, workspaceId, blueprint } = change;
  const before = await deps.repository.get(workspaceId);
  if (before?.organizationId !== principal.organizationId) throw new AppError('not_found');
  const { organizationId, ownerId, provider } = before;
  await deps.permit(
    {
      ...{ action: 'update', organizationId, ownerId, provider },
      template: templateOf(blueprint),
      settings: blueprint.nextStart ?? blueprint.settings,
    },
    { principal: auditName(principal), target: workspaceId, correlationId: change.correlationId },
  );
  const { row, transition } = await deps.repository.transaction((tx) =>
    store(deps, { ...change, before }, tx),
  );
  await deps.onTransitionChanged(transition);
  await deps.onWorkspaceChanged(workspaceId);
  return row;
}

async function store(
  deps: RemakeDeps,
  { principal, blueprint, reason, correlationId, before }: Remake & { before: WorkspaceRow },
  tx: Queryable,
): Promise<{ row: WorkspaceRow; transition: TransitionRow }> {
  const { id: workspaceId, organizationId, templateVersion: from } = before;
  const to = { ...makingOf(blueprint), templateBefore: beforeOf(before) };
  const row = await deps.repository.remake(workspaceId, { from, to }, tx);
  if (!row) throw new AppError('conflict', `The workspace "${before.name}" was changed meanwhile`);
  const now = deps.clock.now();
  const transition = await deps.transitions.insert(
    {
      ...{ organizationId, workspaceId, reason, correlationId },
      ...{ kind: 'update', state: 'done', startedAt: now, finishedAt: now },
      deadlineAt: new Date(now.getTime() + DEADLINE_SECONDS.update * 1000),
    },
    tx,
  );
  const { templateId: template, templateVersion } = blueprint;
  await deps.audit.record(
    {
      organizationId,
      principal: auditName(principal),
      action: 'workspace.update',
      target: workspaceId,
      correlationId,
      detail: { template, from, to: templateVersion },
    },
    tx,
  );
  return { row, transition };
}
