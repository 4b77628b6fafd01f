import type { Database, Transaction } from '@spt-flow/db/client';
import { conversations, liveTopics, messages, projects, turns } from '@spt-flow/db/schema';
import { and, asc, desc, eq, inArray, isNotNull, isNull, max, ne, or, sql } from 'drizzle-orm';
import { AppError } from '@spt-flow/shared/domain/errors';
import { pageOrder } from '../../lib/page-order.ts';
import type { Position } from '../../lib/pagination.ts';
import { registeredReplica } from '../replicas/index.ts';
import { requireSettled } from './line-changes-repository.ts';
import {
  MESSAGE_COLUMNS,
  shownMessages,
  versionsOf,
  type ConversationRow,
} from './lines-repository.ts';
import { countTurn } from './spending-repository.ts';
import { metadataOf, type MessageMetadata, type MessageRow } from './message-view.ts';

const ORDER = pageOrder(messages.createdAt, messages.id);

export type TurnRow = typeof turns.$inferSelect;
export type ChatRepository = ReturnType<typeof createChatRepository>;

/** What earlier turns leave for the prompts of later ones. */
const MAX_DECISIONS = 100;

export interface SentMessage {
  /** Whom it is counted for; unset: the owner of the project. */
  readonly userId?: string | undefined;
  readonly projectId: string;
  readonly organizationId: string;
  readonly clientMessageId: string;
  readonly content: string;
  readonly metadata: MessageMetadata;
  readonly correlationId: string;
}

export interface TurnEnding {
  readonly turnId: string;
  readonly messageId: string;
  readonly state: 'done' | 'failed' | 'stopped';
  readonly content: string;
  readonly metadata: MessageMetadata;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicros: number;
  readonly decision: string | null;
}

export interface ClaimedTurn {
  readonly turn: TurnRow;
  readonly conversation: ConversationRow;
  readonly request: MessageRow;
  readonly reply: MessageRow;
}

/** Takes the conversation for this transaction, so that its messages get strictly rising times. */
export async function lockConversation(
  tx: Transaction,
  projectId: string,
): Promise<ConversationRow | undefined> {
  const [row] = await tx
    .select()
    .from(conversations)
    .where(eq(conversations.projectId, projectId))
    .for('update');
  return row;
}

async function nextTime(tx: Transaction, conversationId: string): Promise<Date> {
  const [row] = await tx
    .select({ last: max(messages.createdAt) })
    .from(messages)
    .where(eq(messages.conversationId, conversationId));
  return new Date(Math.max(Date.now(), (row?.last?.getTime() ?? 0) + 1));
}

/** messagesOf are the request of a turn and its reply, as far as there is one. */
export async function messagesOf(tx: Transaction, turnId: string): Promise<MessageRow[]> {
  return tx.select(MESSAGE_COLUMNS).from(messages).where(eq(messages.turnId, turnId));
}

/** sentBefore is the message that its sender had sent already under the same id. */
export async function sentBefore(
  tx: Transaction,
  { id }: ConversationRow,
  clientMessageId: string,
): Promise<MessageRow | undefined> {
  const [row] = await tx
    .select(MESSAGE_COLUMNS)
    .from(messages)
    .where(and(eq(messages.conversationId, id), eq(messages.clientMessageId, clientMessageId)));
  return row;
}

/** A verdict is about the last thing that was said; AppError `conflict` for anything else. */
async function requirePendingPlan(
  tx: Transaction,
  conversation: ConversationRow,
  planId: string,
): Promise<void> {
  const [last] = await tx
    .select({ message: MESSAGE_COLUMNS })
    .from(messages)
    .leftJoin(turns, eq(messages.turnId, turns.id))
    .where(and(await shownMessages(tx, conversation), isNotNull(messages.turnId)))
    .orderBy(...ORDER.orderBy)
    .limit(1);
  if (last?.message.id !== planId || metadataOf(last.message).planning?.plan == null)
    throw new AppError('conflict', 'This plan is not waiting for an answer any more');
}

/** `known`: the reply of an earlier start of the turn. */
async function openReply(
  tx: Transaction,
  turn: TurnRow,
  known: MessageRow | undefined,
): Promise<MessageRow> {
  const metadata: MessageMetadata = { state: 'running' };
  const values = { content: '', metadata: { ...metadata } };
  const [row] = known
    ? await tx
        .update(messages)
        .set(values)
        .where(eq(messages.id, known.id))
        .returning(MESSAGE_COLUMNS)
    : await tx
        .insert(messages)
        .values({
          ...values,
          organizationId: turn.organizationId,
          conversationId: turn.conversationId,
          branchId: turn.branchId,
          turnId: turn.id,
          role: 'assistant',
          createdAt: await nextTime(tx, turn.conversationId),
        })
        .returning(MESSAGE_COLUMNS);
  if (!row) throw new Error('the reply was not stored');
  return row;
}

export function createChatRepository(db: Database) {
  return {
    transaction: <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => db.transaction(work),

    /** Stores a message and its turn; `isRepeat` when the sender had sent it before. */
    async addRequest(
      tx: Transaction,
      sent: SentMessage,
    ): Promise<{ row: MessageRow; isRepeat: boolean } | undefined> {
      const conversation = await lockConversation(tx, sent.projectId);
      if (!conversation) return undefined;
      const { organizationId, clientMessageId, content, correlationId, userId } = sent;
      const metadata = { ...sent.metadata };
      const known = await sentBefore(tx, conversation, clientMessageId);
      if (known) return { row: known, isRepeat: true };
      requireSettled(conversation);
      if (sent.metadata.verdict)
        await requirePendingPlan(tx, conversation, sent.metadata.verdict.planId);
      const createdAt = await nextTime(tx, conversation.id);
      const { branchId } = conversation;
      const ofConversation = {
        organizationId,
        conversationId: conversation.id,
        branchId,
        createdAt,
      };
      const [turn] = await tx
        .insert(turns)
        .values({ ...ofConversation, correlationId, userId })
        .returning();
      const [row] = await tx
        .insert(messages)
        .values({
          ...ofConversation,
          turnId: turn?.id,
          clientMessageId,
          role: 'user',
          content,
          metadata,
        })
        .returning(MESSAGE_COLUMNS);
      return row && { row, isRepeat: false };
    },

    /** One page, newest first, with the cursor of live events that belongs to exactly this state. */
    async page(
      projectId: string,
      { before, limit }: { before: Position | undefined; limit: number },
    ) {
      return db.transaction(
        async (tx) => {
          const [conversation] = await tx
            .select()
            .from(conversations)
            .where(eq(conversations.projectId, projectId));
          const rows = conversation
            ? await tx
                .select({ message: MESSAGE_COLUMNS })
                .from(messages)
                .leftJoin(turns, eq(messages.turnId, turns.id))
                .where(
                  and(await shownMessages(tx, conversation), before && ORDER.olderThan(before)),
                )
                .orderBy(...ORDER.orderBy)
                .limit(limit)
            : [];
          const versions = conversation
            ? await versionsOf(tx, conversation.id)
            : new Map<string, readonly string[]>();
          const [topic] = await tx
            .select({ cursor: liveTopics.cursor })
            .from(liveTopics)
            .where(eq(liveTopics.topic, `project:${projectId}`));
          const liveCursor = topic?.cursor ?? 0;
          return { rows: rows.map((row) => row.message), versions, liveCursor };
        },
        { isolationLevel: 'repeatable read' },
      );
    },

    /** Takes the oldest queued turn, unless one is running. */
    async claimTurn(
      tx: Transaction,
      { projectId, replicaId }: { projectId: string; replicaId: string | undefined },
    ): Promise<ClaimedTurn | undefined> {
      const conversation = await lockConversation(tx, projectId);
      if (!conversation) return undefined;
      const waiting = await tx
        .select()
        .from(turns)
        .where(
          and(
            eq(turns.conversationId, conversation.id),
            or(eq(turns.state, 'queued'), eq(turns.state, 'running')),
          ),
        )
        .orderBy(asc(turns.createdAt));
      const next = waiting[0];
      if (!next || waiting.some((turn) => turn.state === 'running')) return undefined;
      const [turn] = await tx
        .update(turns)
        .set({
          state: 'running',
          attempts: next.attempts + 1,
          replicaId: registeredReplica(replicaId),
          // By the clock of the database, as change sets, and the first start: what came of it comes after it.
          startedAt: sql`coalesce(${turns.startedAt}, now())`,
        })
        .where(eq(turns.id, next.id))
        .returning();
      const known = await messagesOf(tx, next.id);
      const request = known.find(({ role }) => role === 'user');
      if (!turn || !request) return undefined;
      const reply = known.find(({ role }) => role === 'assistant');
      return { turn, conversation, request, reply: await openReply(tx, turn, reply) };
    },

    /** The conversation before a turn: the newest messages of turns that are over, oldest first. */
    async history(conversation: ConversationRow, limit: number): Promise<MessageRow[]> {
      const rows = await db
        .select({ message: MESSAGE_COLUMNS })
        .from(messages)
        .innerJoin(turns, eq(messages.turnId, turns.id))
        .where(
          and(
            await shownMessages(db, conversation),
            ne(turns.state, 'queued'),
            ne(turns.state, 'running'),
          ),
        )
        .orderBy(desc(turns.createdAt), desc(messages.createdAt))
        .limit(limit);
      return rows.map((row) => row.message).reverse();
    },

    async endTurn(tx: Transaction, ending: TurnEnding): Promise<MessageRow> {
      const { inputTokens, outputTokens, costMicros, state, turnId } = ending;
      const [turn] = await tx
        .update(turns)
        .set({
          ...{ state, finishedAt: new Date() },
          // A message that is answered again has cost both answers.
          inputTokens: sql`${turns.inputTokens} + ${inputTokens}`,
          outputTokens: sql`${turns.outputTokens} + ${outputTokens}`,
          costMicros: sql`${turns.costMicros} + ${costMicros}`,
        })
        .where(eq(turns.id, turnId))
        .returning();
      if (turn) await countTurn(tx, turn, ending);
      if (turn && ending.decision !== null)
        await addDecision(tx, turn.conversationId, ending.decision);
      const [row] = await tx
        .update(messages)
        .set({
          content: ending.content,
          metadata: { ...ending.metadata, state },
          tokensUsed: inputTokens + outputTokens,
        })
        .where(eq(messages.id, ending.messageId))
        .returning(MESSAGE_COLUMNS);
      if (!row) throw new Error('the reply is gone');
      return row;
    },

    /** Turns whose replica is gone are queued again. Returns projects with queued turns. */
    async requeueRunning(): Promise<string[]> {
      await db
        .update(turns)
        .set({ state: 'queued' })
        .where(and(eq(turns.state, 'running'), isNull(turns.replicaId)));
      const rows = await db
        .selectDistinct({ projectId: conversations.projectId })
        .from(turns)
        .innerJoin(conversations, eq(turns.conversationId, conversations.id))
        .where(eq(turns.state, 'queued'));
      return rows.map((row) => row.projectId);
    },

    /** Who runs a turn of the project; null: nobody known. */
    async runnerOf(projectId: string): Promise<string | null> {
      const [row] = await db
        .select({ replicaId: turns.replicaId })
        .from(turns)
        .innerJoin(conversations, eq(turns.conversationId, conversations.id))
        .where(and(eq(conversations.projectId, projectId), eq(turns.state, 'running')));
      return row?.replicaId ?? null;
    },

    /** Says something nobody asked for; undefined for a project without a conversation. */
    async addNotice(
      tx: Transaction,
      notice: { projectId: string; content: string; metadata: MessageMetadata; decision: string },
    ): Promise<MessageRow | undefined> {
      const conversation = await lockConversation(tx, notice.projectId);
      if (!conversation) return undefined;
      await addDecision(tx, conversation.id, notice.decision);
      const [row] = await tx
        .insert(messages)
        .values({
          organizationId: conversation.organizationId,
          conversationId: conversation.id,
          branchId: conversation.branchId,
          role: 'assistant',
          content: notice.content,
          metadata: { ...notice.metadata },
          createdAt: await nextTime(tx, conversation.id),
        })
        .returning(MESSAGE_COLUMNS);
      return row;
    },

    /** True while a turn of the project runs or waits, or another version of a message is being gone to. */
    async isBusy(projectId: string): Promise<boolean> {
      const isOpen = inArray(turns.state, ['queued', 'running']);
      const [row] = await db
        .select({ id: conversations.id })
        .from(conversations)
        .leftJoin(turns, and(eq(turns.conversationId, conversations.id), isOpen))
        .where(
          and(
            eq(conversations.projectId, projectId),
            or(isNotNull(turns.id), isNotNull(conversations.lineChange)),
          ),
        )
        .limit(1);
      return row !== undefined;
    },

    async project(projectId: string) {
      const [row] = await db
        .select({ id: projects.id, name: projects.name, status: projects.status })
        .from(projects)
        .where(eq(projects.id, projectId));
      return row;
    },
  };
}

export async function addDecision(
  tx: Transaction,
  conversationId: string,
  decision: string,
): Promise<void> {
  const ofConversation = eq(conversations.id, conversationId);
  const [row] = await tx
    .select({ decisions: conversations.decisions })
    .from(conversations)
    .where(ofConversation)
    .for('update');
  const decisions = [...(row?.decisions ?? []), decision].slice(-MAX_DECISIONS);
  await tx.update(conversations).set({ decisions }).where(ofConversation);
}
