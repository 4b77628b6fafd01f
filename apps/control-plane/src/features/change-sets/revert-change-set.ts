import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import type { Transaction } from '@spt-flow/db/client';
import type { Ended } from './accept-receipt.ts';
import type { ChangeSetRow, ChangeSetTarget } from './change-sets-repository.ts';
import { toChangeSet, toStoredReceipt } from './change-set-view.ts';
import { keepInGit, type FinishContext, type FinishDeps } from './finish-change-set.ts';
import { lateFailureText, reasonText } from './reason-text.ts';

/** What people are told in the conversation of a project although they asked nothing. */
export interface Notice {
  readonly projectId: string;
  readonly content: string;
  /** Shown when somebody wants to know more. */
  readonly detail: { readonly label: string; readonly text: string | null };
  /** What later prompts must know. */
  readonly decision: string;
}

export interface RevertDeps extends FinishDeps {
  readonly conversations: { addNotice(notice: Notice, tx: Transaction): Promise<void> };
}

/** revertChangeSet writes down that a change that was made is undone, because its app failed; undefined when it was not `committed`. */
export async function revertChangeSet(
  deps: RevertDeps,
  ended: Ended & { row: ChangeSetRow },
  context: FinishContext,
): Promise<ChangeSetRow | undefined> {
  const { row, receipt } = ended;
  const { projectId } = context.target;
  const summary = `Undo: ${row.summary} (${whyInShort(receipt)})`;
  const undoCommit = await keepInGit(deps, { ...row, summary }, context);
  const result = await deps.repository.transaction(async (tx) => {
    const change = {
      reason: reasonText(receipt),
      receipt: { ...row.receipt, ...toStoredReceipt(ended, row.contents) },
    };
    const reverted = await deps.repository.revert(row.id, change, tx);
    if (!reverted) return undefined;
    await deps.repository.failBuild(reverted, context.target, tx);
    const hasWorked = await deps.repository.hasWorked(projectId, tx);
    await tell(deps, { ...ended, row: reverted, tx, undoCommit, hasWorked }, context);
    return { reverted, hasWorked };
  });
  if (!result) return undefined;
  await deps.projects.setStatus(projectId, { status: result.hasWorked ? 'deployed' : 'failed' });
  return result.reverted;
}

interface Reverted {
  readonly row: ChangeSetRow;
  readonly receipt: ChangeSetReceipt;
  readonly undoCommit: string | null;
  readonly hasWorked: boolean;
  readonly tx: Transaction;
}

async function tell(
  deps: RevertDeps,
  { row, receipt, undoCommit, hasWorked, tx }: Reverted,
  { target, correlationId }: FinishContext,
): Promise<void> {
  await deps.events.append(
    `project:${target.projectId}`,
    { type: 'change-set.finished', changeSet: toChangeSet(row) },
    tx,
  );
  await deps.conversations.addNotice(noticeOf(row, { receipt, hasWorked, target }), tx);
  await deps.audit.record(
    {
      organizationId: target.organizationId,
      principal: 'system',
      action: 'change-set.revert',
      target: `change-set:${row.id}`,
      correlationId,
      detail: { workspaceId: target.workspaceId, commit: undoCommit, files: receipt.files },
    },
    tx,
  );
}

function noticeOf(
  row: ChangeSetRow,
  ended: { receipt: ChangeSetReceipt; hasWorked: boolean; target: ChangeSetTarget },
): Notice {
  const { receipt, hasWorked, target } = ended;
  return {
    projectId: target.projectId,
    content: `Your app ${lateFailureText(receipt)}, so ${whatIsBack(receipt, hasWorked)}.`,
    detail: { label: 'What the app said', text: receipt.reason },
    decision: `Undone, since ${whyInShort(receipt)} soon after: ${row.summary}`,
  };
}

function whatIsBack({ restored }: ChangeSetReceipt, hasWorked: boolean): string {
  if (!hasWorked) return 'the change was undone';
  return restored
    ? 'the previous version is back and running'
    : 'the previous version is back, but it does not answer either';
}

function whyInShort({ lateFailure }: ChangeSetReceipt): string {
  return lateFailure?.kind === 'unhealthy' ? 'the app stopped working' : 'the app stopped';
}
