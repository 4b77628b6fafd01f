import type { Database } from '@spt-flow/db/client';
import { checkpoints } from '@spt-flow/db/schema';
import { and, desc, eq, sql } from 'drizzle-orm';

export type CheckpointRow = typeof checkpoints.$inferSelect;
export type CheckpointsRepository = ReturnType<typeof createCheckpointsRepository>;

export function createCheckpointsRepository(db: Database) {
  return {
    /** Undefined when the project has a checkpoint of that name. */
    async insert(values: typeof checkpoints.$inferInsert): Promise<CheckpointRow | undefined> {
      const [row] = await db.insert(checkpoints).values(values).onConflictDoNothing().returning();
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

    async count(projectId: string): Promise<number> {
      return db.$count(checkpoints, eq(checkpoints.projectId, projectId));
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

    async remove(id: string): Promise<void> {
      await db.delete(checkpoints).where(eq(checkpoints.id, id));
    },
  };
}
