import type { Database, Queryable } from '@spt-flow/db/client';
import { conversations, turns } from '@spt-flow/db/schema';
import { eq, sql } from 'drizzle-orm';

export interface Spent {
  readonly tokens: number;
  readonly costMicros: number;
  /** What was set for the project itself. */
  readonly ownBudgetMicros: number | null;
}

export type SpendingRepository = ReturnType<typeof createSpendingRepository>;

export function createSpendingRepository(db: Database) {
  return {
    /** What the turns of a project have used. */
    async spentBy(projectId: string): Promise<Spent> {
      const [row] = await db
        .select({
          tokens: sql<string>`coalesce(sum(${turns.inputTokens}::bigint + ${turns.outputTokens}), 0)`,
          costMicros: sql<string>`coalesce(sum(${turns.costMicros}), 0)`,
          ownBudgetMicros: conversations.budgetMicros,
        })
        .from(conversations)
        .leftJoin(turns, eq(turns.conversationId, conversations.id))
        .where(eq(conversations.projectId, projectId))
        .groupBy(conversations.id);
      return {
        tokens: Number(row?.tokens ?? 0),
        costMicros: Number(row?.costMicros ?? 0),
        ownBudgetMicros: row?.ownBudgetMicros ?? null,
      };
    },
  };
}

/** setBudget is for the project alone; null takes it away. */
export async function setBudget(
  tx: Queryable,
  projectId: string,
  budgetMicros: number | null,
): Promise<void> {
  await tx
    .update(conversations)
    .set({ budgetMicros })
    .where(eq(conversations.projectId, projectId));
}
