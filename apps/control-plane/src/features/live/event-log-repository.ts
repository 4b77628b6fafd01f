import { and, asc, eq, gt, lt, sql, type SQL } from 'drizzle-orm';
import type { Database, Queryable } from '@spt-flow/db/client';
import { liveEvents, liveTopics } from '@spt-flow/db/schema';
import { createBatcher } from '../../lib/batcher.ts';
import type { EventLog, LiveEntry } from './event-log.ts';

export const LIVE_CHANNEL = 'spt_flow_live';
const RETENTION = sql`interval '24 hours'`;
const EVENTS_AT_ONCE = 200;
/** Events are about a project, or about a workspace, which is of the same one for ever. */
const PROJECT_ID = sql<string | null>`coalesce(
  event->'project'->>'id', event->>'projectId', event->'workspace'->>'projectId',
  (select project_id::text from workspaces where workspaces.id = (event->>'workspaceId')::uuid))`;

/** createEventLog keeps events as rows; notifications carry the topic only. */
export function createEventLog(db: Database): EventLog {
  const appendShared = createBatcher({
    run: (entries: readonly LiveEntry[]) => insertEvents(db, entries),
    maxSize: EVENTS_AT_ONCE,
  });
  return {
    append: async (topic, event, tx) => {
      if (!tx) return appendShared({ topic, event });
      const [cursor] = await insertEvents(tx, [{ topic, event }]);
      return Number(cursor);
    },

    async appendWith(change, entries) {
      await insertEvents(db, entries, change);
    },

    async read(topic, after, limit) {
      return db
        .select({
          cursor: liveEvents.cursor,
          at: liveEvents.createdAt,
          event: liveEvents.event,
          projectId: PROJECT_ID,
        })
        .from(liveEvents)
        .where(and(eq(liveEvents.topic, topic), gt(liveEvents.cursor, after)))
        .orderBy(asc(liveEvents.cursor))
        .limit(limit);
    },

    async cursor(topic) {
      const [row] = await db
        .select({ cursor: liveTopics.cursor })
        .from(liveTopics)
        .where(eq(liveTopics.topic, topic));
      return row?.cursor ?? 0;
    },

    async horizon(topic) {
      const [row] = await db
        .select({ oldest: sql<string | null>`min(${liveEvents.cursor})` })
        .from(liveEvents)
        .where(eq(liveEvents.topic, topic));
      return row?.oldest == null ? this.cursor(topic) : Number(row.oldest) - 1;
    },

    async prune() {
      await db.delete(liveEvents).where(lt(liveEvents.createdAt, sql`now() - ${RETENTION}`));
    },
  };
}

/** wakeReplicas notifies all processes on this database of a topic, without an event. */
export async function wakeReplicas(db: Queryable, topic: string): Promise<void> {
  await db.execute(sql`select pg_notify(${LIVE_CHANNEL}, ${topic})`);
}

/** Returns the cursors, in order of the entries; `change` is made by the same statement. */
async function insertEvents(
  tx: Queryable,
  entries: readonly LiveEntry[],
  change?: SQL,
): Promise<number[]> {
  const topics = sql.param(entries.map(({ topic }) => topic));
  const events = sql.param(entries.map(({ event }) => JSON.stringify(event)));
  // The row locks on the topics are held until commit, so a later cursor never becomes visible first.
  const { rows } = await tx.execute<{ cursor: string }>(sql`
    with ${change ? sql`change as (${change}), ` : sql.empty()}entries as (
      select topic, event::jsonb as event, position
      from unnest(${topics}::text[], ${events}::text[]) with ordinality as entry (topic, event, position)
    ), heads as (
      insert into live_topics as head (topic, cursor)
      select topic, count(*) from entries group by topic order by topic
      on conflict (topic) do update set cursor = head.cursor + excluded.cursor
      returning topic, cursor
    ), placed as (
      select topic, event, position, cursor - count(*) over (partition by topic)
        + row_number() over (partition by topic order by position) as cursor
      from entries join heads using (topic)
    ), stored as (
      insert into live_events (topic, cursor, event) select topic, cursor, event from placed
    )
    select cursor, pg_notify(${LIVE_CHANNEL}, topic) from placed order by position`);
  return rows.map(({ cursor }) => Number(cursor));
}
