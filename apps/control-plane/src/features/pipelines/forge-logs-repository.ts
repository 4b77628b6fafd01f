import { and, eq, inArray, max } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { pipelineJobs, pipelineLogs } from '@spt-flow/db/schema';

export type ForgeLogs = ReturnType<typeof createForgeLogs>;

/** createForgeLogs keeps what the jobs of a forge printed, each once it has ended. */
export function createForgeLogs(db: Database) {
  return {
    /** Those of the jobs, by what the forge calls them, of which nothing is kept yet. */
    async missing(pipelineId: string, externalIds: readonly string[]): Promise<string[]> {
      if (externalIds.length === 0) return [];
      const rows = await db
        .select({ externalId: pipelineJobs.externalId })
        .from(pipelineJobs)
        .where(
          and(
            eq(pipelineJobs.pipelineId, pipelineId),
            inArray(pipelineJobs.externalId, [...externalIds]),
            eq(pipelineJobs.logCoverage, 'none'),
          ),
        );
      return rows.flatMap(({ externalId }) => (externalId === null ? [] : [externalId]));
    },

    /** A second time it changes nothing. */
    async keep(
      pipelineId: string,
      log: { readonly externalId: string; readonly text: string; readonly isCut: boolean },
    ): Promise<void> {
      await db.transaction(async (tx) => {
        const [job] = await tx
          .update(pipelineJobs)
          .set({
            logCoverage: log.isCut ? 'cut' : 'whole',
            logBytes: Buffer.byteLength(log.text),
          })
          .where(
            and(
              eq(pipelineJobs.pipelineId, pipelineId),
              eq(pipelineJobs.externalId, log.externalId),
              eq(pipelineJobs.logCoverage, 'none'),
            ),
          )
          .returning({ id: pipelineJobs.id });
        if (!job || log.text === '') return;
        const [last] = await tx
          .select({ sequence: max(pipelineLogs.sequence) })
          .from(pipelineLogs)
          .where(eq(pipelineLogs.pipelineId, pipelineId));
        await tx.insert(pipelineLogs).values({
          ...{ pipelineId, jobId: job.id, text: log.text },
          sequence: (last?.sequence ?? 0) + 1,
        });
      });
    },
  };
}
