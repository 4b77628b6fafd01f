import type { Database } from '@spt-flow/db/client';
import { conversations, turns } from '@spt-flow/db/schema';
import { eq, sql } from 'drizzle-orm';

export interface Spent {
  readonly tokens: number;
  readonly costMicros: number;
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
        })
        .from(turns)
        .innerJoin(conversations, eq(turns.conversationId, conversations.id))
        .where(eq(conversations.projectId, projectId));
      return { tokens: Number(row?.tokens ?? 0), costMicros: Number(row?.costMicros ?? 0) };
    },
  };
}
