import type { Queryable, Transaction } from '@spt-flow/db/client';
import { conversationBranches, conversations, messages, turns } from '@spt-flow/db/schema';
import { and, asc, eq, getTableColumns, inArray, isNull, lt, or, sql, type SQL } from 'drizzle-orm';
import type { MessageRow } from './message-view.ts';

export type ConversationRow = typeof conversations.$inferSelect;
const { words: _words, ...columns } = getTableColumns(messages);
/** MESSAGE_COLUMNS are those of a MessageRow. */
export const MESSAGE_COLUMNS = columns;

type BranchRow = typeof conversationBranches.$inferSelect;

/** A part of what is shown: the messages of a line, up to where the next line begins. */
interface LinePart {
  readonly branchId: string | null;
  readonly until: Date | null;
}

/** Of a message: that of its turn, because an answer comes after questions that wait already. */
const PLACE = sql`coalesce(${turns.createdAt}, ${messages.createdAt})`;

/** What decides which messages are shown. */
export type ShownLine = Pick<ConversationRow, 'id' | 'branchId'>;

/** The other versions that a conversation has, oldest first. */
async function branchesOf(tx: Queryable, conversationId: string): Promise<BranchRow[]> {
  return tx
    .select()
    .from(conversationBranches)
    .where(eq(conversationBranches.conversationId, conversationId))
    .orderBy(asc(conversationBranches.createdAt));
}

function partsOf(branchId: string | null, branches: readonly BranchRow[]): LinePart[] {
  const parts: LinePart[] = [];
  let part: LinePart = { branchId, until: null };
  for (;;) {
    parts.push(part);
    const branch = branches.find(({ id }) => id === part.branchId);
    if (!branch) return parts;
    part = { branchId: branch.parentId, until: branch.forkAt };
  }
}

/** shownMessages is the condition for messages of the line that goes on; `turns` have to be joined to them. */
export async function shownMessages(
  tx: Queryable,
  { id, branchId }: ShownLine,
): Promise<SQL | undefined> {
  const ofConversation = eq(messages.conversationId, id);
  if (branchId === null) return and(ofConversation, isNull(messages.branchId));
  const parts = partsOf(branchId, await branchesOf(tx, id)).map((part) =>
    and(
      part.branchId === null ? isNull(messages.branchId) : eq(messages.branchId, part.branchId),
      part.until === null ? undefined : sql`${PLACE} < ${part.until.toISOString()}::timestamptz`,
    ),
  );
  return and(ofConversation, or(...parts));
}

/** shownTurns is the same for turns by themselves. */
export async function shownTurns(
  tx: Queryable,
  { id, branchId }: ConversationRow,
): Promise<SQL | undefined> {
  const ofConversation = eq(turns.conversationId, id);
  if (branchId === null) return and(ofConversation, isNull(turns.branchId));
  const parts = partsOf(branchId, await branchesOf(tx, id)).map((part) =>
    and(
      part.branchId === null ? isNull(turns.branchId) : eq(turns.branchId, part.branchId),
      part.until === null ? undefined : lt(turns.createdAt, part.until),
    ),
  );
  return and(ofConversation, or(...parts));
}

/** versionsOf lists, for each message that has others in its place, all of them in the order of writing. */
export async function versionsOf(
  tx: Queryable,
  conversationId: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const branches = await branchesOf(tx, conversationId);
  if (branches.length === 0) return new Map();
  const rows = await tx
    .select({ id: messages.id, turnId: messages.turnId, branchId: messages.branchId })
    .from(messages)
    .where(
      and(
        eq(messages.conversationId, conversationId),
        eq(messages.role, 'user'),
        or(
          inArray(
            messages.branchId,
            branches.map(({ id }) => id),
          ),
          inArray(
            messages.turnId,
            branches.map(({ forkTurnId }) => forkTurnId),
          ),
        ),
      ),
    )
    .orderBy(asc(messages.createdAt));
  const versions = new Map<string, readonly string[]>();
  for (const forkTurnId of new Set(branches.map((branch) => branch.forkTurnId))) {
    const replaced = rows.find(({ turnId }) => turnId === forkTurnId);
    const others = branches
      .filter((branch) => branch.forkTurnId === forkTurnId)
      .flatMap((branch) => rows.find(({ branchId }) => branchId === branch.id) ?? []);
    const ids = [replaced, ...others].flatMap((row) => row?.id ?? []);
    for (const id of ids) versions.set(id, ids);
  }
  return versions;
}

/** isShown is true for messages of the line that goes on. */
export async function isShown(
  tx: Transaction,
  conversation: ConversationRow,
  messageId: string,
): Promise<boolean> {
  const [row] = await tx
    .select({ id: messages.id })
    .from(messages)
    .leftJoin(turns, eq(messages.turnId, turns.id))
    .where(and(eq(messages.id, messageId), await shownMessages(tx, conversation)));
  return row !== undefined;
}

/** leftAtOf is when the line of a message was left; undefined for the one that goes on. */
export async function leftAtOf(
  tx: Transaction,
  conversation: ConversationRow,
  { branchId }: MessageRow,
): Promise<Date | null> {
  if (branchId === null) return conversation.firstLineLeftAt;
  const [row] = await tx
    .select({ leftAt: conversationBranches.leftAt })
    .from(conversationBranches)
    .where(eq(conversationBranches.id, branchId));
  return row?.leftAt ?? null;
}

/** leaveLine notes how long the line that goes on was the present one, and goes on with another. */
export async function leaveLine(
  tx: Transaction,
  { id, branchId }: ConversationRow,
  { leftAt, next }: { readonly leftAt: Date; readonly next: string | null },
): Promise<void> {
  if (branchId !== null)
    await tx
      .update(conversationBranches)
      .set({ leftAt })
      .where(eq(conversationBranches.id, branchId));
  await tx
    .update(conversations)
    .set({ branchId: next, ...(branchId === null && { firstLineLeftAt: leftAt }) })
    .where(eq(conversations.id, id));
}

/** beginLine adds a line whose first message stands in the place of a turn's. */
export async function beginLine(
  tx: Transaction,
  conversation: ConversationRow,
  fork: { readonly turnId: string; readonly branchId: string | null; readonly createdAt: Date },
): Promise<string> {
  const known = (await branchesOf(tx, conversation.id)).find(({ id }) => id === fork.branchId);
  const [first] = await tx
    .select({ id: turns.id })
    .from(turns)
    .where(and(eq(turns.conversationId, conversation.id), eqBranch(fork.branchId)))
    .orderBy(asc(turns.createdAt))
    .limit(1);
  // A version of a version stands beside it, not below it.
  const place =
    known && first?.id === fork.turnId
      ? { parentId: known.parentId, forkTurnId: known.forkTurnId, forkAt: known.forkAt }
      : { parentId: fork.branchId, forkTurnId: fork.turnId, forkAt: fork.createdAt };
  const [row] = await tx
    .insert(conversationBranches)
    .values({
      ...place,
      organizationId: conversation.organizationId,
      conversationId: conversation.id,
    })
    .returning({ id: conversationBranches.id });
  if (!row) throw new Error('the line was not stored');
  return row.id;
}

function eqBranch(branchId: string | null): SQL {
  return branchId === null ? isNull(turns.branchId) : eq(turns.branchId, branchId);
}
