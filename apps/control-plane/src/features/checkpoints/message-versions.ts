import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeSet } from '@spt-flow/shared/api/change-sets';
import type { Message } from '@spt-flow/shared/api/conversations';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { GoBack } from '../change-sets/index.ts';
import type { CheckpointsRepository } from './checkpoints-repository.ts';
import { headOf, type CheckpointCall, type CheckpointsDeps } from './checkpoints-service.ts';
import { decisionOf } from './note.ts';

const FINISH_ATTEMPTS = 5;
const FINISH_RETRY_MS = 1000;

export interface EditedMessage {
  readonly clientMessageId: string;
  readonly content: string;
  readonly attachments: readonly { readonly id: string; readonly alt: string }[];
}

interface Unfinished {
  readonly projectId: string;
  /** Puts the app back. */
  readonly changeSetId: string;
}

interface Begun extends Unfinished {
  readonly messageId: string;
  readonly leftAt: Date;
  readonly decision: string | null;
  /** Null: a version that is there is shown. */
  readonly edited:
    (EditedMessage & { readonly userId: string; readonly correlationId: string }) | null;
}

export interface MessageVersionsDeps {
  readonly repository: Pick<CheckpointsRepository, 'now'>;
  readonly goBack: GoBack;
  readonly projects: CheckpointsDeps['projects'];
  readonly workspaces: Pick<CheckpointsDeps['workspaces'], 'ofProject'>;
  readonly conversation: Pick<CheckpointsDeps['conversation'], 'isBusy' | 'startOf'>;
  readonly versions: {
    /** What was sent before under the same id. */
    sent(projectId: string, clientMessageId: string): Promise<Message | undefined>;
    begin(change: Begun): Promise<void>;
    finish(projectId: string): Promise<Message | undefined>;
    drop(projectId: string): Promise<void>;
    unfinished(projectId?: string): Promise<readonly Unfinished[]>;
  };
}

export interface VersionTarget {
  readonly handle: string;
  readonly messageId: string;
  /** Also what others changed meanwhile. */
  readonly overwrite: boolean;
}

interface Step {
  readonly projectId: string;
  readonly target: VersionTarget;
  readonly edited: EditedMessage | null;
}

export type MessageVersions = ReturnType<typeof createMessageVersions>;

/**
 * createMessageVersions puts the app to where a version of a message begins or had ended, and then the conversation.
 * INVARIANT: the conversation goes where the app went. What a crash leaves in between is finished when the app was put
 * back, and dropped when it was not.
 */
export function createMessageVersions(deps: MessageVersionsDeps) {
  const { repository, goBack, projects, workspaces, conversation, versions } = deps;
  /** Projects whose change is in good hands. */
  const going = new Set<string>();

  async function finishSurely(projectId: string): Promise<Message | undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await versions.finish(projectId);
      } catch (error) {
        if (attempt === FINISH_ATTEMPTS) throw error;
        await sleep(FINISH_RETRY_MS * attempt);
      }
    }
  }

  /** What the agent has not said yet stays open until it is there again. */
  async function settle({ projectId, changeSetId }: Unfinished): Promise<void> {
    const outcome = await goBack.outcomeOf(changeSetId);
    if (outcome === 'committed') await finishSurely(projectId);
    else if (outcome !== 'running') await versions.drop(projectId);
  }

  async function recover(projectId?: string): Promise<void> {
    for (const unfinished of await versions.unfinished(projectId))
      if (!going.has(unfinished.projectId)) await settle(unfinished);
  }

  /** Null when the app is as it has to be. */
  async function putBack(
    { principal, correlationId }: CheckpointCall,
    { projectId, target: { messageId, overwrite }, edited }: Step,
  ): Promise<ChangeSet | null> {
    const { at, content, isShown } = await conversation.startOf(projectId, messageId);
    if (await conversation.isBusy(projectId)) throw new AppError('turn_running');
    const workspace = await workspaces.ofProject(projectId);
    const changeSetId = randomUUID();
    const title = `${isShown ? 'before ' : ''}“${headOf(content)}”`;
    const losses = workspace && (await goBack.between(workspace.id, at));
    const undone = losses?.rows.map(({ summary }) => summary) ?? [];
    await versions.begin({
      ...{ projectId, messageId, changeSetId, leftAt: await repository.now() },
      decision: losses && losses.files.length > 0 ? decisionOf({ title, undone }) : null,
      edited: edited && { ...edited, correlationId, userId: principal.userId },
    });
    if (!workspace) return null;
    const place = { workspaceId: workspace.id, projectId, principal, correlationId };
    const summary = `Go back to ${title}`;
    try {
      const back = { id: changeSetId, at, overwrite, summary };
      return await goBack.applyIfDifferent(place, back);
    } catch (error) {
      await settle({ projectId, changeSetId });
      throw error;
    }
  }

  /** A change that does not work leaves app and conversation as they are. */
  async function go(call: CheckpointCall, step: Step): Promise<Message | undefined> {
    const { projectId } = step;
    if (going.has(projectId)) throw new AppError('turn_running');
    going.add(projectId);
    try {
      const receipt = await putBack(call, step);
      if (!receipt || receipt.outcome === 'committed') return await finishSurely(projectId);
      await versions.drop(projectId);
      throw notWorking(receipt);
    } finally {
      going.delete(projectId);
    }
  }

  return {
    async edit(
      call: CheckpointCall,
      target: VersionTarget,
      { clientMessageId, content, attachments }: EditedMessage,
    ): Promise<Message> {
      const { id: projectId } = await projects.find(call.principal.organizationId, target.handle);
      await recover(projectId);
      const known = await versions.sent(projectId, clientMessageId);
      if (known) return known;
      const edited = { clientMessageId, content, attachments };
      const message = await go(call, { projectId, target, edited });
      if (!message) throw new AppError('not_found');
      return message;
    },

    async show(call: CheckpointCall, target: VersionTarget): Promise<Record<string, never>> {
      const { id: projectId } = await projects.find(call.principal.organizationId, target.handle);
      await recover(projectId);
      const { isShown } = await conversation.startOf(projectId, target.messageId);
      if (!isShown) await go(call, { projectId, target, edited: null });
      return {};
    },

    /** At the start, and when the agent of a project is there again. */
    recover,
  };
}

function notWorking({ outcome, reason }: ChangeSet): AppError {
  return new AppError(
    outcome === 'rejected' ? 'change_set_rejected' : 'change_set_rolled_back',
    reason?.split('\n')[0],
  );
}
