import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import type { Queryable } from '@spt-flow/db/client';
import type { Audit, AuditEntry } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ProjectRepository } from '../git/index.ts';
import type { Ended } from './accept-receipt.ts';
import type {
  ChangeSetRow,
  ChangeSetsRepository,
  ChangeSetTarget,
} from './change-sets-repository.ts';
import { toChangeSet, toStoredReceipt } from './change-set-view.ts';
import { isWorking, reasonText } from './reason-text.ts';

/** What change sets tell the project they belong to. */
export interface ChangedProjects {
  setStatus(
    projectId: string,
    change: {
      status?: 'created' | 'building' | 'ready' | 'deployed' | 'failed';
      template?: string;
    },
  ): Promise<void>;
}

export interface Logger {
  warn(details: Record<string, unknown>, message: string): void;
}

export interface FinishDeps {
  readonly repository: ChangeSetsRepository;
  readonly git: Pick<ProjectRepository, 'commit' | 'collect'>;
  readonly projects: ChangedProjects;
  readonly events: { append(topic: string, event: LiveEvent, tx?: Queryable): Promise<number> };
  readonly audit: Audit;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface FinishContext {
  readonly target: ChangeSetTarget;
  readonly correlationId: string;
  readonly conversationId?: string | undefined;
  /** Kind of the app after the edits; null: there is none; undefined: not known any more. */
  readonly kind: string | null | undefined;
}

/** finishChangeSet writes down how a change set ended and tells everybody; undefined when that was done before. */
export async function finishChangeSet(
  deps: FinishDeps,
  ended: Ended & { row: ChangeSetRow },
  context: FinishContext,
): Promise<ChangeSetRow | undefined> {
  const { row, receipt } = ended;
  const { target } = context;
  const commit = receipt.outcome === 'committed' ? await keepInGit(deps, row, context) : null;
  const settled = await deps.repository.transaction(async (tx) => {
    const settledRow = await deps.repository.settle(
      row.id,
      {
        outcome: receipt.outcome,
        reason: reasonText(receipt),
        commit,
        receipt: { ...row.receipt, ...toStoredReceipt(ended, row.contents) },
        durationMs: Math.round(receipt.durationMs),
      },
      tx,
    );
    if (!settledRow) return undefined;
    await deps.repository.insertBuild(
      buildOf(settledRow, { receipt, target, now: deps.clock.now() }),
      tx,
    );
    await deps.events.append(
      `project:${target.projectId}`,
      { type: 'change-set.finished', changeSet: toChangeSet(settledRow) },
      tx,
    );
    await deps.audit.record(entryOf(ended, context, commit), tx);
    return settledRow;
  });
  if (settled) {
    const hasWorked = await deps.repository.hasWorked(target.projectId);
    await deps.projects.setStatus(target.projectId, statusAfter(receipt, context, hasWorked));
  }
  return settled;
}

function entryOf(
  { row, receipt, signed }: Ended & { row: ChangeSetRow },
  { target, correlationId }: FinishContext,
  commit: string | null,
): AuditEntry {
  return {
    organizationId: target.organizationId,
    principal: row.userId === null ? 'system' : `user:${row.userId}`,
    action: 'change-set.apply',
    target: `change-set:${row.id}`,
    correlationId,
    detail: {
      workspaceId: target.workspaceId,
      outcome: receipt.outcome,
      commit,
      files: receipt.files,
      probe: receipt.probe,
      durationMs: Math.round(receipt.durationMs),
      signedWith: signed?.keyId ?? null,
    },
  };
}

/** The files are in place either way: what git could not take now, the next collection brings. */
export async function keepInGit(
  deps: Pick<FinishDeps, 'repository' | 'git' | 'logger'>,
  row: ChangeSetRow,
  context: FinishContext,
): Promise<string | null> {
  const { workspaceId, projectId } = context.target;
  const place = { workspaceId, projectId, correlationId: context.correlationId };
  try {
    const author = row.userId === null ? undefined : await deps.repository.author(row.userId);
    const commit = await deps.git.commit(place, {
      author: author ?? { name: 'spt-flow', email: 'spt-flow@localhost' },
      summary: row.summary,
      conversationId: context.conversationId,
      paths: editedPaths(row),
    });
    await deps.git.collect(place);
    return commit;
  } catch (error) {
    deps.logger.warn({ err: error, changeSetId: row.id }, 'change set not kept in git yet');
    return null;
  }
}

/** editedPaths are all paths of a change set, kept texts or not. */
function editedPaths(row: ChangeSetRow): string[] {
  return [...row.contents.map(({ path }) => path), ...unkeptOf(row)];
}

export function unkeptOf(row: ChangeSetRow): string[] {
  const { unkept } = row.receipt;
  return Array.isArray(unkept) ? unkept.map(String) : [];
}

function buildOf(
  row: ChangeSetRow,
  ended: { receipt: ChangeSetReceipt; target: ChangeSetTarget; now: Date },
) {
  const { receipt, target, now } = ended;
  return {
    organizationId: target.organizationId,
    projectId: target.projectId,
    status: isWorking(receipt) ? ('success' as const) : ('failed' as const),
    stage: receipt.failedPhase ?? 'commit',
    commit: row.commit,
    logs: logOf(receipt),
    errorMessage: row.reason,
    startedAt: row.createdAt,
    finishedAt: now,
  };
}

/** What each check said, in order; the agent has cut it already. */
function logOf({ checks }: ChangeSetReceipt): string | null {
  if (checks.length === 0) return null;
  const lines = checks.map(({ name, ok, detail, durationMs }) =>
    [`${ok ? 'ok' : 'failed'}: ${name} (${Math.round(durationMs)} ms)`, detail.trimEnd()]
      .filter(Boolean)
      .join('\n'),
  );
  return `${lines.join('\n')}\n`;
}

/** A change that was undone leaves an app as it was; a project that never had one has failed to get it. */
function statusAfter(
  receipt: ChangeSetReceipt,
  { target, kind }: FinishContext,
  hasWorked: boolean,
): Parameters<ChangedProjects['setStatus']>[1] {
  if (receipt.outcome !== 'committed') return { status: hasWorked ? 'deployed' : 'failed' };
  if (!isWorking(receipt)) return { status: 'failed' };
  if (kind === undefined) return { status: receipt.probe ? 'deployed' : 'ready' };
  // Without an app it is as at its beginning; a repository has files of its own all the same.
  if (kind === null) return { status: target.template === 'repository' ? 'ready' : 'created' };
  if (target.template === 'repository') return { status: 'deployed' };
  return { status: 'deployed', template: kind.slice(0, 50) };
}
