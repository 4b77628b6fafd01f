import type { Database, Queryable, Transaction } from '@spt-flow/db/client';
import { attachments } from '@spt-flow/db/schema';
import { and, eq, inArray, lt, sql } from 'drizzle-orm';
import { lockCount } from '../../lib/count-lock-repository.ts';
import type { Picture } from './pictures/picture.ts';

/** All but the picture itself. */
const DETAILS = {
  id: attachments.id,
  mediaType: attachments.mediaType,
  width: attachments.width,
  height: attachments.height,
};

export type AttachmentsRepository = ReturnType<typeof createAttachmentsRepository>;

/** createAttachmentsRepository keeps pictures of a project; every question names the project. */
export function createAttachmentsRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    async add(
      owner: { readonly organizationId: string; readonly projectId: string },
      { bytes, ...details }: Picture,
      tx: Queryable,
    ) {
      const [row] = await tx
        .insert(attachments)
        .values({ ...owner, ...details, picture: bytes, sizeBytes: bytes.length })
        .returning(DETAILS);
      if (!row) throw new Error('the picture was not stored');
      return row;
    },

    /** Undefined for those of other projects and those that are gone. */
    async find(projectId: string, id: string) {
      const [row] = await db
        .select({ mediaType: attachments.mediaType, picture: attachments.picture })
        .from(attachments)
        .where(and(eq(attachments.projectId, projectId), eq(attachments.id, id)));
      return row;
    },

    async details(tx: Queryable, projectId: string, ids: readonly string[]) {
      return tx
        .select(DETAILS)
        .from(attachments)
        .where(and(eq(attachments.projectId, projectId), inArray(attachments.id, [...ids])));
    },

    async pictures(projectId: string, ids: readonly string[]) {
      if (ids.length === 0) return [];
      return db
        .select({ id: attachments.id, picture: attachments.picture })
        .from(attachments)
        .where(and(eq(attachments.projectId, projectId), inArray(attachments.id, [...ids])));
    },

    async markSent(tx: Transaction, ids: readonly string[], isSent: boolean): Promise<void> {
      await tx
        .update(attachments)
        .set({ isSent })
        .where(inArray(attachments.id, [...ids]));
    },

    /** Until the transaction ends nobody else adds any. */
    async totalBytes(projectId: string, tx: Queryable): Promise<number> {
      await lockCount(tx, `attachments:${projectId}`);
      const [row] = await tx
        .select({ total: sql<string>`coalesce(sum(${attachments.sizeBytes}), 0)` })
        .from(attachments)
        .where(eq(attachments.projectId, projectId));
      return Number(row?.total ?? 0);
    },

    async removeUnsent(projectId: string, before: Date): Promise<void> {
      await db
        .delete(attachments)
        .where(
          and(
            eq(attachments.projectId, projectId),
            eq(attachments.isSent, false),
            lt(attachments.createdAt, before),
          ),
        );
    },
  };
}
