import type { Queryable } from '@spt-flow/db/client';
import { messages, turns } from '@spt-flow/db/schema';
import { and, desc, eq, inArray, isNull, lte } from 'drizzle-orm';
import { shownMessages, type ShownLine } from './lines-repository.ts';

interface Found {
  readonly id: string;
  readonly branchId: string | null;
  readonly createdAt: Date;
  readonly conversation: ShownLine;
}

/** hiddenVersions names, for messages that are not shown, one to go on with so that they are. */
export async function hiddenVersions(
  db: Queryable,
  found: readonly Found[],
): Promise<ReadonlyMap<string, string>> {
  const versions = new Map<string, string>();
  // A conversation that never left its first line shows all of it.
  const lined = found.filter(
    ({ branchId, conversation }) => branchId !== null || conversation.branchId !== null,
  );
  for (const id of new Set(lined.map(({ conversation }) => conversation.id))) {
    const ofConversation = lined.filter(({ conversation }) => conversation.id === id);
    const shown = await shownOf(db, ofConversation);
    for (const message of ofConversation) {
      const versionId = shown.has(message.id) ? undefined : await requestBefore(db, message);
      if (versionId !== undefined) versions.set(message.id, versionId);
    }
  }
  return versions;
}

async function shownOf(db: Queryable, found: readonly Found[]): Promise<ReadonlySet<string>> {
  const [first] = found;
  if (!first) return new Set();
  const ids = found.map(({ id }) => id);
  const rows = await db
    .select({ id: messages.id })
    .from(messages)
    .leftJoin(turns, eq(messages.turnId, turns.id))
    .where(and(inArray(messages.id, ids), await shownMessages(db, first.conversation)));
  return new Set(rows.map(({ id }) => id));
}

/** What is said in a line follows what a person said there. */
async function requestBefore(
  db: Queryable,
  { branchId, conversation, createdAt }: Found,
): Promise<string | undefined> {
  const [row] = await db
    .select({ id: messages.id })
    .from(messages)
    .where(
      and(
        eq(messages.conversationId, conversation.id),
        eq(messages.role, 'user'),
        branchId === null ? isNull(messages.branchId) : eq(messages.branchId, branchId),
        lte(messages.createdAt, createdAt),
      ),
    )
    .orderBy(desc(messages.createdAt))
    .limit(1);
  return row?.id;
}
