import { and, asc, eq, gt, inArray, max, sql, sum } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { organizations, recordingChunks, sessions } from '@spt-flow/db/schema';
import type { RecordingPolicy } from '@spt-flow/shared/domain/recording-policy';
import type { Chunk } from './recorder.ts';

export type RecordingsRepository = ReturnType<typeof createRecordingsRepository>;

const KEPT = ['running', 'whole', 'partial'] as const;
/** One that still runs is removed when it is over. */
const isRemovable = sql`sessions.recording in ('whole', 'partial') and sessions.ended_at is not null`;

/** createRecordingsRepository keeps what sessions showed, and what organizations say about it. */
export function createRecordingsRepository(db: Database) {
  return {
    transaction: db.transaction.bind(db),

    /** Null: it never said anything; whoever changes it afterwards waits until the transaction ends. */
    async lockPolicy(organizationId: string, tx: Queryable) {
      const [row] = await tx
        .select({ policy: organizations.recordingPolicy })
        .from(organizations)
        .where(eq(organizations.id, organizationId))
        .for('update');
      return row?.policy ?? null;
    },

    async setPolicy(organizationId: string, recordingPolicy: RecordingPolicy, tx: Queryable) {
      await tx
        .update(organizations)
        .set({ recordingPolicy })
        .where(eq(organizations.id, organizationId));
    },

    /** Storing the same piece again does nothing: an answer may be lost. */
    async append(sessionId: string, { sequence, frames, hash }: Chunk): Promise<void> {
      await db.execute(sql`
        with added as (
          insert into recording_chunks (session_id, sequence, frames, hash)
          values (${sessionId}::uuid, ${sequence}, ${frames}, ${hash})
          on conflict do nothing returning length(frames) as bytes
        )
        update sessions set recording_bytes = recording_bytes + added.bytes,
          recording = case when recording = 'none' then 'running' else recording end
        from added where sessions.id = ${sessionId}::uuid`);
    },

    /** Undefined: there is none. */
    async lastSequence(sessionId: string): Promise<number | undefined> {
      const [row] = await db
        .select({ last: max(recordingChunks.sequence) })
        .from(recordingChunks)
        .where(eq(recordingChunks.sessionId, sessionId));
      return row?.last ?? undefined;
    },

    async chunksAfter(sessionId: string, after: number, limit: number): Promise<Chunk[]> {
      const { sequence, frames, hash } = recordingChunks;
      return db
        .select({ sequence, frames, hash })
        .from(recordingChunks)
        .where(and(eq(recordingChunks.sessionId, sessionId), gt(sequence, after)))
        .orderBy(asc(sequence))
        .limit(limit);
    },

    async usedBytes(organizationId: string): Promise<number> {
      const [row] = await db
        .select({ bytes: sum(sessions.recordingBytes) })
        .from(sessions)
        .where(
          and(eq(sessions.organizationId, organizationId), inArray(sessions.recording, [...KEPT])),
        );
      return Number(row?.bytes ?? 0);
    },

    async removeAged(now: Date, defaultKeepDays: number): Promise<void> {
      const at = now.toISOString();
      await db.execute(sql`
        with removed as (
          update sessions set recording = 'removed', recording_removed_for = 'age',
            recording_removed_at = ${at}::timestamptz
          from organizations o
          where o.id = sessions.organization_id and ${isRemovable} and sessions.ended_at < ${at}::timestamptz
            - coalesce((o.recording_policy->>'keepDays')::int, ${defaultKeepDays}::int) * interval '1 day'
          returning sessions.id
        )
        delete from recording_chunks using removed where session_id = removed.id`);
    },

    /** Removes the oldest ones until those of the organization together are no more than that. */
    async keepToSize(organizationId: string, now: Date, maxBytes: number): Promise<void> {
      await db.execute(sql`
        with newer as (
          select id, sum(recording_bytes) over (order by started_at desc, id desc) as bytes
          from sessions
          where organization_id = ${organizationId}::uuid and recording in ('running', 'whole', 'partial')
        ), removed as (
          update sessions set recording = 'removed', recording_removed_for = 'size',
            recording_removed_at = ${now.toISOString()}::timestamptz
          from newer where newer.id = sessions.id and newer.bytes > ${maxBytes} and ${isRemovable}
          returning sessions.id
        )
        delete from recording_chunks using removed where session_id = removed.id`);
    },
  };
}
