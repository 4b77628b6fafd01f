import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { serverJoins, workspaces } from '@spt-flow/db/schema';
import { lockCount } from '../../lib/count-lock-repository.ts';

const KEPT_MS = 3_600_000;

export type ServerJoinRow = typeof serverJoins.$inferSelect;
interface PolledJoin extends ServerJoinRow {
  readonly isTooSoon: boolean;
  readonly workspace: typeof workspaces.$inferSelect | undefined;
}

export type ServerJoinsRepository = ReturnType<typeof createServerJoinsRepository>;

export function createServerJoinsRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    async insert(values: typeof serverJoins.$inferInsert, now: Date): Promise<void> {
      await db
        .delete(serverJoins)
        .where(lt(serverJoins.expiresAt, new Date(now.getTime() - KEPT_MS)));
      await db.insert(serverJoins).values(values);
    },

    /** Until the transaction ends nobody else gives the project a machine. */
    async lockProject(projectId: string, tx: Queryable): Promise<void> {
      await lockCount(tx, `machine:${projectId}`);
    },

    /** Waits for a decision; undefined for every other code. */
    async findOpen(userCode: string, now: Date): Promise<ServerJoinRow | undefined> {
      const [row] = await db
        .select()
        .from(serverJoins)
        .where(
          and(
            eq(serverJoins.userCode, userCode),
            isNull(serverJoins.decidedBy),
            gt(serverJoins.expiresAt, now),
          ),
        );
      return row;
    },

    /** Decides once: the row for the one who did, undefined for all others. */
    async claim(
      userCode: string,
      decision: { decidedBy: string; isDenied: boolean; now: Date },
      tx: Queryable,
    ): Promise<ServerJoinRow | undefined> {
      const { decidedBy, isDenied, now } = decision;
      const [row] = await tx
        .update(serverJoins)
        .set({ decidedBy, isDenied })
        .where(
          and(
            eq(serverJoins.userCode, userCode),
            isNull(serverJoins.decidedBy),
            gt(serverJoins.expiresAt, now),
          ),
        )
        .returning();
      return row;
    },

    /** Opens it again: what was decided could not be done. */
    async release(id: string): Promise<void> {
      await db.update(serverJoins).set({ decidedBy: null }).where(eq(serverJoins.id, id));
    },

    async complete(id: string, workspaceId: string): Promise<void> {
      await db.update(serverJoins).set({ workspaceId }).where(eq(serverJoins.id, id));
    },

    /** What became of it; whoever asks too soon has to wait longer from then on. */
    async poll(
      deviceCodeHash: string,
      ask: { now: Date; slowerSeconds: number },
    ): Promise<PolledJoin | undefined> {
      return db.transaction(async (tx) => {
        const [row] = await tx
          .select()
          .from(serverJoins)
          .where(eq(serverJoins.deviceCodeHash, deviceCodeHash))
          .for('update');
        if (!row) return undefined;
        const sinceMs = ask.now.getTime() - (row.lastPolledAt ?? row.createdAt).getTime();
        const isTooSoon = sinceMs < row.intervalSeconds * 1000;
        const slower = isTooSoon ? ask.slowerSeconds : 0;
        await tx
          .update(serverJoins)
          .set({
            lastPolledAt: ask.now,
            intervalSeconds: sql`${serverJoins.intervalSeconds} + ${slower}`,
          })
          .where(eq(serverJoins.id, row.id));
        const [workspace] =
          row.workspaceId === null
            ? []
            : await tx.select().from(workspaces).where(eq(workspaces.id, row.workspaceId));
        return { ...row, isTooSoon, workspace };
      });
    },
  };
}
