import type { ChangeSet } from '@spt-flow/shared/api/change-sets';
import type { Message } from '@spt-flow/shared/api/conversations';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { GoBack } from '../change-sets/index.ts';
import type { CheckpointsRepository } from './checkpoints-repository.ts';
import { headOf, type CheckpointCall, type CheckpointsDeps } from './checkpoints-service.ts';
import { noteOf } from './note.ts';

export interface Leaving {
  readonly projectId: string;
  readonly messageId: string;
  readonly leftAt: Date;
  readonly decision: string | null;
}

export interface EditedMessage {
  readonly clientMessageId: string;
  readonly content: string;
  readonly attachments: readonly { readonly id: string; readonly alt: string }[];
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
    edit(
      input: Leaving & EditedMessage & { organizationId: string; correlationId: string },
    ): Promise<Message>;
    show(input: Leaving): Promise<void>;
  };
}

export interface VersionTarget {
  readonly handle: string;
  readonly messageId: string;
  /** Also what others changed meanwhile. */
  readonly overwrite: boolean;
}

export type MessageVersions = ReturnType<typeof createMessageVersions>;

/** createMessageVersions puts the app to where a version of a message begins or had ended, and then the conversation. */
export function createMessageVersions(deps: MessageVersionsDeps) {
  const { repository, goBack, projects, workspaces, conversation, versions } = deps;

  /** How the line that goes on is left. A change that does not work leaves app and conversation as they are. */
  async function leave(
    { principal, correlationId }: CheckpointCall,
    projectId: string,
    { messageId, overwrite }: VersionTarget,
  ): Promise<Leaving> {
    const { at, content, isShown } = await conversation.startOf(projectId, messageId);
    if (await conversation.isBusy(projectId)) throw new AppError('turn_running');
    const leftAt = await repository.now();
    const workspace = await workspaces.ofProject(projectId);
    if (!workspace) return { projectId, messageId, leftAt, decision: null };
    const title = `${isShown ? 'before ' : ''}“${headOf(content)}”`;
    const { rows } = await goBack.between(workspace.id, at);
    const receipt = await goBack.applyIfDifferent(
      { workspaceId: workspace.id, projectId, principal, correlationId },
      { at, overwrite, summary: `Go back to ${title}` },
    );
    if (receipt) requireWorking(receipt);
    const undone = rows.map(({ summary }) => summary);
    const decision = receipt ? noteOf({ title, undone, receipt }).decision : null;
    return { projectId, messageId, leftAt, decision };
  }

  return {
    async edit(
      call: CheckpointCall,
      target: VersionTarget,
      message: EditedMessage,
    ): Promise<Message> {
      const { organizationId } = call.principal;
      const { id: projectId } = await projects.find(organizationId, target.handle);
      const known = await versions.sent(projectId, message.clientMessageId);
      if (known) return known;
      const leaving = await leave(call, projectId, target);
      const { correlationId } = call;
      return versions.edit({ ...leaving, ...message, organizationId, correlationId });
    },

    async show(call: CheckpointCall, target: VersionTarget): Promise<Record<string, never>> {
      const { id: projectId } = await projects.find(call.principal.organizationId, target.handle);
      const { isShown } = await conversation.startOf(projectId, target.messageId);
      if (!isShown) await versions.show(await leave(call, projectId, target));
      return {};
    },
  };
}

function requireWorking({ outcome, reason }: ChangeSet): void {
  if (outcome === 'committed') return;
  throw new AppError(
    outcome === 'rejected' ? 'change_set_rejected' : 'change_set_rolled_back',
    reason?.split('\n')[0],
  );
}
