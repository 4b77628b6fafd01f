import type { Transaction } from '@spt-flow/db/client';
import { conversations, messages, turns } from '@spt-flow/db/schema';
import { AppError } from '@spt-flow/shared/domain/errors';
import { and, desc, eq, inArray } from 'drizzle-orm';
import { lockConversation, messagesOf, type TurnRow } from './chat-repository.ts';
import { requireSettled } from './line-changes-repository.ts';
import {
  isShown,
  leftAtOf,
  MESSAGE_COLUMNS,
  shownTurns,
  type ConversationRow,
} from './lines-repository.ts';
import type { MessageRow } from './message-view.ts';

/** Messages of one project that wait for an answer. */
const MAX_WAITING = 50;

export interface QueuedMessage {
  readonly projectId: string;
  readonly messageId: string;
}

interface Request {
  readonly conversation: ConversationRow;
  readonly message: MessageRow;
  readonly turn: TurnRow;
}

/** requestOf is the message of a person together with its turn; AppError `not_found` for anything else. */
export async function requestOf(
  tx: Transaction,
  { projectId, messageId }: QueuedMessage,
): Promise<Request> {
  const conversation = await lockConversation(tx, projectId);
  if (!conversation) throw new AppError('not_found');
  const [request] = await tx
    .select({ message: MESSAGE_COLUMNS, turn: turns })
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
  return { conversation, ...request };
}

/** requireRoom is for who has just added a message and holds the lock of its conversation; AppError `limit_reached`. */
export async function requireRoom(tx: Transaction, projectId: string): Promise<void> {
  const ofProject = tx
    .select({ id: conversations.id })
    .from(conversations)
    .where(eq(conversations.projectId, projectId));
  const isWaiting = and(inArray(turns.conversationId, ofProject), eq(turns.state, 'queued'));
  if ((await tx.$count(turns, isWaiting)) <= MAX_WAITING) return;
  const words = `${MAX_WAITING} messages wait for an answer already, which is the limit`;
  throw new AppError('limit_reached', words);
}

/** hasOpenTurn is true while a turn of the conversation runs or waits. */
export async function hasOpenTurn(tx: Transaction, conversationId: string): Promise<boolean> {
  const [row] = await tx
    .select({ id: turns.id })
    .from(turns)
    .where(
      and(eq(turns.conversationId, conversationId), inArray(turns.state, ['queued', 'running'])),
    )
    .limit(1);
  return row !== undefined;
}

/** requeueTurn lets the last turn run again; its reply is written anew in its place. */
export async function requeueTurn(tx: Transaction, asked: QueuedMessage): Promise<MessageRow> {
  const { conversation, message, turn } = await requestOf(tx, asked);
  requireSettled(conversation);
  if (turn.state === 'queued' || turn.state === 'running') throw new AppError('turn_running');
  const [newest] = await tx
    .select({ id: turns.id })
    .from(turns)
    .where(await shownTurns(tx, conversation))
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
  const ofTurn = await messagesOf(tx, turn.id);
  if (turn.state !== 'queued' || ofTurn.some(({ role }) => role === 'assistant'))
    throw new AppError('conflict', 'The work on this message has begun: stop it instead');
  if (turn.branchId !== null && (await isOnlyOfLine(tx, turn.branchId)))
    throw new AppError('conflict', 'Another version of a message can only be stopped');
  await tx.delete(messages).where(eq(messages.id, message.id));
  await tx.delete(turns).where(eq(turns.id, turn.id));
  return message;
}

async function isOnlyOfLine(tx: Transaction, branchId: string): Promise<boolean> {
  const rows = await tx
    .select({ id: turns.id })
    .from(turns)
    .where(eq(turns.branchId, branchId))
    .limit(2);
  return rows.length === 1;
}

/**
 * startOfTurn is when the work on a message began for the first time; AppError `conflict` when it did not yet. Of a
 * version that is not shown it is when its line was left: as the app was then, it belongs to it.
 */
export async function startOfTurn(tx: Transaction, asked: QueuedMessage) {
  const { conversation, message, turn } = await requestOf(tx, asked);
  const { content } = message;
  if (!(await isShown(tx, conversation, message.id))) {
    const leftAt = await leftAtOf(tx, conversation, message);
    if (leftAt) return { at: leftAt, content, isShown: false };
  }
  if (!turn.startedAt) throw new AppError('conflict', 'The message still waits for its turn');
  return { at: turn.startedAt, content, isShown: true };
}
