import type { Database, Queryable } from '@spt-flow/db/client';
import { checkpoints } from '@spt-flow/db/schema';
import { and, desc, eq, sql } from 'drizzle-orm';
import { lockCount } from '../../lib/count-lock-repository.ts';

export type CheckpointRow = typeof checkpoints.$inferSelect;
export type CheckpointsRepository = ReturnType<typeof createCheckpointsRepository>;

export function createCheckpointsRepository(db: Database) {
  async function count(projectId: string, tx: Queryable = db): Promise<number> {
    return tx.$count(checkpoints, eq(checkpoints.projectId, projectId));
  }

  return {
    transaction: db.transaction.bind(db),

    count,

    /** For who adds one: until the transaction ends nobody else counts them. */
    async countToAdd(projectId: string, tx: Queryable): Promise<number> {
      await lockCount(tx, `checkpoints:${projectId}`);
      return count(projectId, tx);
    },

    /** Undefined when the project has a checkpoint of that name. */
    async insert(
      values: typeof checkpoints.$inferInsert,
      tx: Queryable,
    ): Promise<CheckpointRow | undefined> {
      const [row] = await tx.insert(checkpoints).values(values).onConflictDoNothing().returning();
      return row;
    },

    async isTaken(projectId: string, name: string): Promise<boolean> {
      const [row] = await db
        .select({ id: checkpoints.id })
        .from(checkpoints)
        .where(and(eq(checkpoints.projectId, projectId), eq(checkpoints.name, name)));
      return row !== undefined;
    },

    async list(projectId: string): Promise<CheckpointRow[]> {
      return db
        .select()
        .from(checkpoints)
        .where(eq(checkpoints.projectId, projectId))
        .orderBy(desc(checkpoints.createdAt));
    },

    async find(organizationId: string, id: string): Promise<CheckpointRow | undefined> {
      const [row] = await db
        .select()
        .from(checkpoints)
        .where(and(eq(checkpoints.organizationId, organizationId), eq(checkpoints.id, id)));
      return row;
    },

    /** By the clock that change sets are dated by. */
    async now(): Promise<Date> {
      const { rows } = await db.execute<{ ms: string }>(
        sql`select extract(epoch from now()) * 1000 as ms`,
      );
      return new Date(Math.floor(Number(rows[0]?.ms)));
    },

    /** False: somebody else removed it. */
    async remove(id: string, tx: Queryable): Promise<boolean> {
      const { rowCount } = await tx.delete(checkpoints).where(eq(checkpoints.id, id));
      return rowCount === 1;
    },
  };
}
