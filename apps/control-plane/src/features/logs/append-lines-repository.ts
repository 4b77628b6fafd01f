import { asc, inArray, sql } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { workspaceLogHeads } from '@spt-flow/db/schema';
import { LIVE_CHANNEL } from '../live/index.ts';
import type { StoredLine } from './log-line.ts';

/** What a line takes beside its text, more or less. */
const LINE_OVERHEAD_BYTES = 100;

export interface LogOwner {
  readonly workspaceId: string;
  readonly organizationId: string;
}

/** NewLine is a line with whose it is. */
export interface NewLine extends StoredLine, LogOwner {}

type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

/** Head is where the log of a workspace ends. */
type Head = typeof workspaceLogHeads.$inferSelect;

interface PlacedLine extends NewLine {
  readonly seq: number;
  readonly endsAtByte: number;
}

/** Growth is how far the log of a workspace went with some lines. */
export interface Growth {
  readonly workspaceId: string;
  readonly bytesBefore: number;
  readonly bytes: number;
}

/**
 * Stores lines of any number of workspaces and wakes their followers with the same commit. Within a workspace `seq`
 * has no gaps and never goes back; a line of a spool is stored once, whoever brings it how often.
 */
export async function appendLines(db: Database, lines: readonly NewLine[]): Promise<Growth[]> {
  return db.transaction(async (tx) => {
    // The locks are held until commit, so a later line never becomes visible first.
    const before = await lockHeads(tx, [...new Set(lines.map((line) => line.workspaceId))]);
    const heads = new Map(before.map((head) => [head.workspaceId, { ...head }]));
    const placed = lines.flatMap((line) => place(line, heads.get(line.workspaceId)));
    if (placed.length > 0) await tx.execute(insertion(placed, [...heads.values()]));
    return before.map(({ workspaceId, bytes }) => ({
      ...{ workspaceId, bytesBefore: bytes },
      bytes: heads.get(workspaceId)?.bytes ?? bytes,
    }));
  });
}

async function lockHeads(tx: Transaction, workspaceIds: readonly string[]): Promise<Head[]> {
  const found = await tx
    .select()
    .from(workspaceLogHeads)
    .where(inArray(workspaceLogHeads.workspaceId, [...workspaceIds]))
    .orderBy(asc(workspaceLogHeads.workspaceId))
    .for('update');
  if (found.length === workspaceIds.length) return found;
  const first = workspaceIds.toSorted().map((workspaceId) => ({ workspaceId, seq: 0 }));
  // Fails for a workspace that is gone.
  await tx.insert(workspaceLogHeads).values(first).onConflictDoNothing();
  return lockHeads(tx, workspaceIds);
}

/** Moves the head; nothing for a line that is stored already. */
function place(line: NewLine, head: Head | undefined): PlacedLine[] {
  if (!head) return [];
  const { spooled } = line;
  if (spooled) {
    if (head.spool === spooled.spool && spooled.seq <= head.spoolSeq) return [];
    head.spool = spooled.spool;
    head.spoolSeq = spooled.seq;
  }
  head.seq += 1;
  head.bytes += Buffer.byteLength(line.text) + LINE_OVERHEAD_BYTES;
  return [{ ...line, seq: head.seq, endsAtByte: head.bytes }];
}

function insertion(lines: readonly PlacedLine[], heads: readonly Head[]) {
  const column = (name: Exclude<keyof PlacedLine, 'at' | 'spooled'>) =>
    sql.param(lines.map((line) => line[name]));
  const at = sql.param(lines.map((line) => line.at.toISOString()));
  const of = <T>(read: (head: Head) => T) => sql.param(heads.map(read));
  return sql`
    with stored as (
      insert into workspace_logs
        (workspace_id, organization_id, seq, at, level, source, text, correlation_id, ends_at_byte)
      select * from unnest(
        ${column('workspaceId')}::uuid[], ${column('organizationId')}::uuid[],
        ${column('seq')}::bigint[], ${at}::timestamptz[], ${column('level')}::text[],
        ${column('source')}::text[], ${column('text')}::text[], ${column('correlationId')}::text[],
        ${column('endsAtByte')}::bigint[]
      )
    ), moved as (
      select * from unnest(
        ${of(({ workspaceId }) => workspaceId)}::uuid[], ${of(({ seq }) => seq)}::bigint[],
        ${of(({ bytes }) => bytes)}::bigint[], ${of(({ spool }) => spool)}::uuid[],
        ${of(({ spoolSeq }) => spoolSeq)}::bigint[]
      ) as head (workspace_id, seq, bytes, spool, spool_seq)
    ), heads as (
      update workspace_log_heads as head
      set seq = moved.seq, bytes = moved.bytes, spool = moved.spool, spool_seq = moved.spool_seq
      from moved where head.workspace_id = moved.workspace_id and head.seq <> moved.seq
      returning head.workspace_id
    )
    select pg_notify(${LIVE_CHANNEL}, 'logs:' || workspace_id) from heads`;
}
