import type { Database } from '@spt-flow/db/client';
import { pipelineArtifacts, pipelineJobs, pipelineLogs } from '@spt-flow/db/schema';
import { and, asc, eq, gt, inArray, isNotNull, max, sql } from 'drizzle-orm';
import { wakeReplicas } from '../live/index.ts';

const MEBIBYTE = 1024 * 1024;
const PIECE_BYTES = MEBIBYTE;
/** Of all builds of a project, and so of one. */
export const MAX_PROJECT_ARTIFACT_BYTES = 256 * MEBIBYTE;
const MAX_PROJECT_LOG_BYTES = 128 * MEBIBYTE;
const LOG_KEEP_MS = 30 * 86_400_000;

export interface StoredPiece {
  readonly sequence: number;
  readonly jobId: string;
  readonly text: string;
}

/** ReadPiece is one with when it was stored. */
export interface ReadPiece extends StoredPiece {
  readonly at: Date;
}

export type OutputRepository = ReturnType<typeof createOutputRepository>;

/** createOutputRepository keeps what jobs printed and made. */
export function createOutputRepository(db: Database) {
  return {
    /** Tells who follows the build. False: it is gone. */
    async appendLog(pipelineId: string, piece: StoredPiece): Promise<boolean> {
      const { rowCount } = await db.execute(sql`
        insert into pipeline_logs (pipeline_id, sequence, job_id, text)
        select pipeline_id, ${piece.sequence}, id, ${piece.text} from pipeline_jobs
        where id = ${piece.jobId}::uuid and pipeline_id = ${pipelineId}::uuid`);
      await wakeReplicas(db, `build:${pipelineId}`);
      return (rowCount ?? 0) > 0;
    },

    async readLog(
      pipelineId: string,
      page: { readonly after: number; readonly limit: number; readonly jobId?: string | undefined },
    ): Promise<ReadPiece[]> {
      const { sequence, jobId, text, createdAt: at } = pipelineLogs;
      return db
        .select({ sequence, jobId, text, at })
        .from(pipelineLogs)
        .where(
          and(
            eq(pipelineLogs.pipelineId, pipelineId),
            gt(sequence, page.after),
            page.jobId === undefined ? undefined : eq(jobId, page.jobId),
          ),
        )
        .orderBy(asc(sequence))
        .limit(page.limit);
    },

    async lastSequence(pipelineId: string): Promise<number> {
      const [row] = await db
        .select({ last: max(pipelineLogs.sequence) })
        .from(pipelineLogs)
        .where(eq(pipelineLogs.pipelineId, pipelineId));
      return row?.last ?? 0;
    },

    async addArtifacts(jobId: string, archive: Buffer, expiresAt: Date): Promise<void> {
      await db.transaction(async (tx) => {
        for (let start = 0, sequence = 0; start < archive.length; start += PIECE_BYTES) {
          const piece = archive.subarray(start, start + PIECE_BYTES);
          await tx.insert(pipelineArtifacts).values({ jobId, sequence: sequence++, piece });
        }
        await tx
          .update(pipelineJobs)
          .set({ artifactBytes: archive.length, artifactsExpireAt: expiresAt })
          .where(eq(pipelineJobs.id, jobId));
      });
    },

    async *artifacts(jobId: string): AsyncGenerator<Buffer> {
      for (let sequence = 0; ; sequence += 1) {
        const [row] = await db
          .select({ piece: pipelineArtifacts.piece })
          .from(pipelineArtifacts)
          .where(and(eq(pipelineArtifacts.jobId, jobId), eq(pipelineArtifacts.sequence, sequence)));
        if (!row) return;
        yield row.piece;
      }
    },

    /** Removes what is too old, and beyond the room of a project the oldest. */
    async removeSurplus(now: Date): Promise<void> {
      await removeArtifacts(db, now);
      await removeLogs(db, new Date(now.getTime() - LOG_KEEP_MS));
    },
  };
}

async function removeArtifacts(db: Database, now: Date): Promise<void> {
  const surplus = sql`(
    select id from (
      select j.id, j.artifacts_expire_at, sum(j.artifact_bytes) over (
        partition by p.project_id order by p.created_at desc, j.position desc
      ) as bytes
      from pipeline_jobs j join pipelines p on p.id = j.pipeline_id
      where j.artifact_bytes is not null
    ) sized
    where artifacts_expire_at <= ${now.toISOString()}::timestamptz
      or bytes > ${MAX_PROJECT_ARTIFACT_BYTES})`;
  await db.transaction(async (tx) => {
    const gone = await tx
      .update(pipelineJobs)
      .set({ artifactBytes: null, artifactsExpireAt: null })
      .where(and(isNotNull(pipelineJobs.artifactBytes), inArray(pipelineJobs.id, surplus)))
      .returning({ id: pipelineJobs.id });
    if (gone.length === 0) return;
    const ids = gone.map(({ id }) => id);
    await tx.delete(pipelineArtifacts).where(inArray(pipelineArtifacts.jobId, ids));
  });
}

/** Of builds that are over. */
async function removeLogs(db: Database, before: Date): Promise<void> {
  const surplus = sql`(
    select id from (
      select p.id, p.finished_at, sum(sum(j.log_bytes)) over (
        partition by p.project_id order by p.created_at desc
      ) as bytes
      from pipeline_jobs j join pipelines p on p.id = j.pipeline_id
      where j.log_coverage in ('whole', 'cut')
      group by p.id
    ) sized
    where finished_at < ${before.toISOString()}::timestamptz
      or (finished_at is not null and bytes > ${MAX_PROJECT_LOG_BYTES}))`;
  await db.transaction(async (tx) => {
    const gone = await tx
      .update(pipelineJobs)
      .set({ logCoverage: 'removed' })
      .where(
        and(
          inArray(pipelineJobs.pipelineId, surplus),
          inArray(pipelineJobs.logCoverage, ['whole', 'cut']),
        ),
      )
      .returning({ id: pipelineJobs.id });
    if (gone.length === 0) return;
    const ids = gone.map(({ id }) => id);
    await tx.delete(pipelineLogs).where(inArray(pipelineLogs.jobId, ids));
  });
}
