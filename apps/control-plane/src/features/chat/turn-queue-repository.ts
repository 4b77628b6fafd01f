import type { Transaction } from '@spt-flow/db/client';
import { messages, turns } from '@spt-flow/db/schema';
import { AppError } from '@spt-flow/shared/domain/errors';
import { and, desc, eq } from 'drizzle-orm';
import { lockConversation, messageOf, type TurnRow } from './chat-repository.ts';
import type { MessageRow } from './message-view.ts';

export interface QueuedMessage {
  readonly projectId: string;
  readonly messageId: string;
}

interface Request {
  readonly message: MessageRow;
  readonly turn: TurnRow;
}

/** The message of a person together with its turn; AppError `not_found` for anything else. */
async function requestOf(tx: Transaction, { projectId, messageId }: QueuedMessage) {
  const conversation = await lockConversation(tx, projectId);
  if (!conversation) throw new AppError('not_found');
  const [request]: Request[] = await tx
    .select({ message: messages, turn: turns })
    .from(messages)
    .innerJoin(turns, eq(messages.turnId, turns.id))
    .where(
      and(
        eq(messages.conversationId, conversation.id),
        eq(messages.id, messageId),
        eq(messages.role, 'user'),
      ),
    );
  if (!request) throw new AppError('not_found', 'There is no such message');
  return request;
}

/** requeueTurn lets the last turn run again; its reply is written anew in its place. */
export async function requeueTurn(tx: Transaction, asked: QueuedMessage): Promise<MessageRow> {
  const { message, turn } = await requestOf(tx, asked);
  if (turn.state === 'queued' || turn.state === 'running') throw new AppError('turn_running');
  const [newest] = await tx
    .select({ id: turns.id })
    .from(turns)
    .where(eq(turns.conversationId, turn.conversationId))
    .orderBy(desc(turns.createdAt))
    .limit(1);
  if (newest?.id !== turn.id)
    throw new AppError('conflict', 'Only the last message can be answered anew');
  await tx.update(turns).set({ state: 'queued', attempts: 0 }).where(eq(turns.id, turn.id));
  return message;
}

/** withdrawMessage removes a message whose turn has not begun. */
export async function withdrawMessage(tx: Transaction, asked: QueuedMessage): Promise<MessageRow> {
  const { message, turn } = await requestOf(tx, asked);
  if (turn.state !== 'queued' || (await messageOf(tx, turn.id, 'assistant')))
    throw new AppError('conflict', 'The work on this message has begun: stop it instead');
  await tx.delete(messages).where(eq(messages.id, message.id));
  await tx.delete(turns).where(eq(turns.id, turn.id));
  return message;
}

/** startOfTurn is when the work on a message began for the first time; AppError `conflict` when it did not yet. */
export async function startOfTurn(tx: Transaction, asked: QueuedMessage) {
  const { message, turn } = await requestOf(tx, asked);
  if (!turn.startedAt) throw new AppError('conflict', 'The message still waits for its turn');
  return { at: turn.startedAt, content: message.content };
}
