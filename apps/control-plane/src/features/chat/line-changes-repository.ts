import type { Queryable, Transaction } from '@spt-flow/db/client';
import { conversations, replicas } from '@spt-flow/db/schema';
import { AttachmentSchema } from '@spt-flow/shared/api/conversations';
import { AppError } from '@spt-flow/shared/domain/errors';
import { and, eq, exists, isNotNull, ne, not, sql } from 'drizzle-orm';
import * as z from 'zod';
import type { ConversationRow } from './lines-repository.ts';

/** What has to happen to a conversation once its app was put back. */
const LineChangeSchema = z.object({
  messageId: z.string(),
  /** Just before the app is put back. */
  leftAt: z.coerce.date(),
  /** What later prompts must know; null: the app does not change. */
  decision: z.string().nullable(),
  /** Puts the app back, unless it is as it has to be. */
  changeSetId: z.string(),
  /** Who sees to it; null, or gone: nobody. */
  replicaId: z.string().nullable().default(null),
  /** Stands in the place of the message from then on; null: a version that is there is shown. */
  edited: z
    .object({
      userId: z.string().optional(),
      clientMessageId: z.string(),
      content: z.string(),
      attachments: z.array(AttachmentSchema),
      correlationId: z.string(),
    })
    .nullable(),
});
export type LineChange = z.output<typeof LineChangeSchema>;

export interface UnfinishedLineChange {
  readonly projectId: string;
  readonly changeSetId: string;
}

/** lineChangeOf is what is under way for a conversation. */
export function lineChangeOf({ lineChange }: ConversationRow): LineChange | undefined {
  return lineChange === null ? undefined : LineChangeSchema.parse(lineChange);
}

/** requireSettled lets nothing be said while it is open which line it belongs to. */
export function requireSettled({ lineChange }: ConversationRow): void {
  if (lineChange !== null)
    throw new AppError('turn_running', 'The app is being put to another version');
}

/** storeLineChange notes what is under way; null: it is over. */
export async function storeLineChange(
  tx: Transaction,
  { id }: ConversationRow,
  change: LineChange | null,
): Promise<void> {
  await tx
    .update(conversations)
    .set({ lineChange: change && { ...change } })
    .where(eq(conversations.id, id));
}

/** unfinishedLineChanges are those of one project, or of all, that no other replica sees to. */
export async function unfinishedLineChanges(
  tx: Queryable,
  { projectId, replicaId }: { projectId?: string | undefined; replicaId?: string | undefined },
): Promise<UnfinishedLineChange[]> {
  const rows = await tx
    .select()
    .from(conversations)
    .where(
      and(
        isNotNull(conversations.lineChange),
        projectId === undefined ? undefined : eq(conversations.projectId, projectId),
        not(
          exists(
            tx
              .select({ id: replicas.id })
              .from(replicas)
              .where(
                and(
                  sql`${replicas.id}::text = ${conversations.lineChange} ->> 'replicaId'`,
                  replicaId === undefined ? undefined : ne(replicas.id, replicaId),
                ),
              ),
          ),
        ),
      ),
    );
  return rows.flatMap((row) => {
    const change = lineChangeOf(row);
    return change ? [{ projectId: row.projectId, changeSetId: change.changeSetId }] : [];
  });
}
