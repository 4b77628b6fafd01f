import type { Message } from '@spt-flow/shared/api/conversations';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Transaction } from '@spt-flow/db/client';
import type { Attached, Attachments } from './attachments.ts';
import type { ChatEvents } from './chat-deps.ts';
import {
  addDecision,
  lockConversation,
  sentBefore,
  type ChatRepository,
} from './chat-repository.ts';
import { beginLine, isShown, leaveLine, type ConversationRow } from './lines-repository.ts';
import { toMessage } from './message-view.ts';
import { hasOpenTurn, requestOf } from './turn-queue-repository.ts';
import type { TurnRunner } from './turn-runner.ts';

export interface VersionsDeps {
  readonly repository: ChatRepository;
  readonly events: ChatEvents;
  readonly attachments: Attachments;
  readonly runner: Pick<TurnRunner, 'wake'>;
}

/** How the line that goes on was left. */
export interface Leaving {
  readonly projectId: string;
  readonly messageId: string;
  /** Just before the app was put back. */
  readonly leftAt: Date;
  /** What later prompts must know; null: the app did not change. */
  readonly decision: string | null;
}

export interface EditInput extends Leaving {
  readonly organizationId: string;
  readonly clientMessageId: string;
  readonly content: string;
  readonly attachments: readonly Attached[];
  readonly correlationId: string;
}

/**
 * createVersions puts other versions beside messages. The line that follows a message stays with it; who calls has put
 * the app back to where the version begins.
 */
export function createVersions({ repository, events, attachments, runner }: VersionsDeps) {
  async function leave(
    tx: Transaction,
    conversation: ConversationRow,
    { projectId, leftAt, decision, next }: Leaving & { readonly next: string | null },
  ): Promise<void> {
    if (conversation.branchId !== next) await leaveLine(tx, conversation, { leftAt, next });
    if (decision !== null) await addDecision(tx, conversation.id, decision);
    await events.append(`project:${projectId}`, { type: 'conversation.switched' }, tx);
  }

  return {
    /** The version that was sent before under this id. */
    async sent(projectId: string, clientMessageId: string): Promise<Message | undefined> {
      return repository.transaction(async (tx) => {
        const conversation = await lockConversation(tx, projectId);
        const row = conversation && (await sentBefore(tx, conversation, clientMessageId));
        return row && toMessage(row);
      });
    },

    async edit(input: EditInput): Promise<Message> {
      const message = await repository.transaction(async (tx) => {
        const { conversation, message: replaced, turn } = await requestOf(tx, input);
        if (await hasOpenTurn(tx, conversation.id)) throw new AppError('turn_running');
        if (!(await isShown(tx, conversation, replaced.id)))
          throw new AppError('conflict', 'This version of the message is not shown any more');
        const next = await beginLine(tx, conversation, {
          turnId: turn.id,
          branchId: turn.branchId,
          createdAt: turn.createdAt,
        });
        await leave(tx, conversation, { ...input, next });
        const pictures = await attachments.claim(tx, input.projectId, input.attachments);
        const added = await repository.addRequest(tx, {
          ...input,
          metadata: { attachments: pictures },
        });
        if (!added) throw new AppError('not_found');
        return toMessage(added.row);
      });
      runner.wake(input.projectId);
      return message;
    },

    async show(input: Leaving): Promise<void> {
      await repository.transaction(async (tx) => {
        const { conversation, message } = await requestOf(tx, input);
        if (await hasOpenTurn(tx, conversation.id)) throw new AppError('turn_running');
        if (await isShown(tx, conversation, message.id)) return;
        await leave(tx, conversation, { ...input, next: message.branchId });
      });
    },
  };
}
