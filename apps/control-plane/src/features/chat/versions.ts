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
import {
  lineChangeOf,
  requireSettled,
  storeLineChange,
  unfinishedLineChanges,
  type LineChange,
  type UnfinishedLineChange,
} from './line-changes-repository.ts';
import { beginLine, isShown, leaveLine, type ConversationRow } from './lines-repository.ts';
import { toMessage, type MessageRow } from './message-view.ts';
import { hasOpenTurn, requestOf } from './turn-queue-repository.ts';
import type { TurnRunner } from './turn-runner.ts';

export interface VersionsDeps {
  readonly repository: ChatRepository;
  readonly events: ChatEvents;
  readonly attachments: Attachments;
  readonly runner: Pick<TurnRunner, 'wake'>;
  /** Unset: the only one. */
  readonly replicaId?: string | undefined;
}

/** Stands in the place of another message from then on. */
export interface EditedVersion {
  readonly userId?: string;
  readonly clientMessageId: string;
  readonly content: string;
  readonly attachments: readonly Attached[];
  readonly correlationId: string;
}

export interface BegunChange extends Omit<LineChange, 'edited' | 'replicaId'> {
  readonly projectId: string;
  /** Null: a version that is there is shown. */
  readonly edited: EditedVersion | null;
}

/**
 * createVersions puts other versions beside messages. The line that follows a message stays with it.
 * INVARIANT: what is to happen is noted before the app is put back, so that it can be finished or dropped afterwards,
 * whatever ends in between; until then nothing is said.
 */
export function createVersions(deps: VersionsDeps) {
  const { repository, events, attachments, runner, replicaId } = deps;
  async function begin(
    tx: Transaction,
    { projectId, edited, ...change }: BegunChange,
  ): Promise<void> {
    const { conversation, message } = await requestOf(tx, { ...change, projectId });
    requireSettled(conversation);
    if (await hasOpenTurn(tx, conversation.id)) throw new AppError('turn_running');
    if ((await isShown(tx, conversation, message.id)) !== (edited !== null))
      throw new AppError('conflict', 'Another version of the message is shown meanwhile');
    await storeLineChange(tx, conversation, {
      ...{ ...change, replicaId: replicaId ?? null },
      edited: edited && {
        ...edited,
        attachments: await attachments.claim(tx, projectId, edited.attachments),
      },
    });
  }

  async function leave(
    tx: Transaction,
    {
      conversation,
      next,
      change,
    }: { conversation: ConversationRow; next: string | null } & {
      change: LineChange;
    },
  ): Promise<void> {
    const { leftAt, decision } = change;
    if (conversation.branchId !== next) await leaveLine(tx, conversation, { leftAt, next });
    if (decision !== null) await addDecision(tx, conversation.id, decision);
    const topic = `project:${conversation.projectId}`;
    await events.append(topic, { type: 'conversation.switched' }, tx);
  }

  async function finish(tx: Transaction, projectId: string): Promise<MessageRow | undefined> {
    const known = await lockConversation(tx, projectId);
    const change = known && lineChangeOf(known);
    if (!change) return undefined;
    const { messageId, edited } = change;
    const { conversation, message, turn } = await requestOf(tx, { projectId, messageId });
    await storeLineChange(tx, conversation, null);
    if (!edited) {
      await leave(tx, { conversation, change, next: message.branchId });
      return undefined;
    }
    const fork = { turnId: turn.id, branchId: turn.branchId, createdAt: turn.createdAt };
    await leave(tx, { conversation, change, next: await beginLine(tx, conversation, fork) });
    const { organizationId } = conversation;
    const { attachments: pictures, ...sent } = edited;
    const metadata = { attachments: pictures };
    return (await repository.addRequest(tx, { ...sent, projectId, organizationId, metadata }))?.row;
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

    /** Before the app is put back; AppError where the conversation cannot go there. */
    begin: (change: BegunChange): Promise<void> =>
      repository.transaction((tx) => begin(tx, change)),

    /** The app was put back: the conversation follows. Resolves with the new version, if there is one. */
    async finish(projectId: string): Promise<Message | undefined> {
      const row = await repository.transaction((tx) => finish(tx, projectId));
      if (row) runner.wake(projectId);
      return row && toMessage(row);
    },

    /** The app was not put back: the conversation stays. */
    async drop(projectId: string): Promise<void> {
      await repository.transaction(async (tx) => {
        const conversation = await lockConversation(tx, projectId);
        const change = conversation && lineChangeOf(conversation);
        if (!change) return;
        await attachments.release(tx, change.edited?.attachments ?? []);
        await storeLineChange(tx, conversation, null);
      });
    },

    /** What was begun and neither finished nor dropped, of one project or of all. */
    unfinished: (projectId?: string): Promise<UnfinishedLineChange[]> =>
      repository.transaction((tx) => unfinishedLineChanges(tx, { projectId, replicaId })),
  };
}
