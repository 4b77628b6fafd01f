import { desc, eq, sql } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { modelUse } from '@spt-flow/db/schema';

export function createModelUseRepository(db: Database) {
  const sum = (column: keyof typeof modelUse.$inferSelect) =>
    sql<string>`sum(${modelUse[column]})`.mapWith(Number);
  return {
    /** By model, the dearest first. */
    async ofWorkspace(workspaceId: string) {
      return db
        .select({
          model: modelUse.model,
          requests: sum('requests'),
          inputTokens: sum('inputTokens'),
          cachedInputTokens: sum('cachedInputTokens'),
          outputTokens: sum('outputTokens'),
          costMicros: sum('costMicros'),
        })
        .from(modelUse)
        .where(eq(modelUse.workspaceId, workspaceId))
        .groupBy(modelUse.model)
        .orderBy(desc(sum('costMicros')), modelUse.model);
    },
  };
}
