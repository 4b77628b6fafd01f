import { and, eq } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { transitions } from '@spt-flow/db/schema';
import { pageOrder } from '../../../lib/page-order.ts';
import type { Position } from '../../../lib/pagination.ts';

const ORDER = pageOrder(transitions.startedAt, transitions.id);

export type TransitionRow = typeof transitions.$inferSelect;
export type TransitionStep = TransitionRow['steps'][number];
export type TransitionsRepository = ReturnType<typeof createTransitionsRepository>;
type TransitionChange = Partial<
  Pick<TransitionRow, 'state' | 'steps' | 'failure' | 'finishedAt' | 'deadlineAt'>
>;

export function createTransitionsRepository(db: Database) {
  return {
    async insert(
      values: typeof transitions.$inferInsert,
      tx: Queryable = db,
    ): Promise<TransitionRow> {
      const [row] = await tx.insert(transitions).values(values).returning();
      if (!row) throw new Error('insert returned no row');
      return row;
    },

    async update(id: string, change: TransitionChange): Promise<TransitionRow | undefined> {
      const [row] = await db
        .update(transitions)
        .set(change)
        .where(eq(transitions.id, id))
        .returning();
      return row;
    },

    /** Closes what runs for one workspace; undefined when nothing does. */
    async failRunningOf(
      workspaceId: string,
      failure: string,
      finishedAt: Date,
    ): Promise<TransitionRow | undefined> {
      const [row] = await db
        .update(transitions)
        .set({ state: 'failed', failure, finishedAt })
        .where(and(eq(transitions.workspaceId, workspaceId), eq(transitions.state, 'running')))
        .returning();
      return row;
    },

    async list(
      organizationId: string,
      workspaceId: string,
      page: { before: Position | undefined; limit: number },
    ): Promise<TransitionRow[]> {
      return db
        .select()
        .from(transitions)
        .where(
          and(
            eq(transitions.organizationId, organizationId),
            eq(transitions.workspaceId, workspaceId),
            page.before && ORDER.olderThan(page.before),
          ),
        )
        .orderBy(...ORDER.orderBy)
        .limit(page.limit);
    },
  };
}
