import { and, asc, eq, gt, lt, sql } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { liveEvents, liveTopics } from '@spt-flow/db/schema';
import type { EventLog } from './event-log.ts';

export const LIVE_CHANNEL = 'spt_flow_live';
const RETENTION = sql`interval '24 hours'`;

/** createEventLog keeps events as rows; notifications carry the topic only. */
export function createEventLog(db: Database): EventLog {
  return {
    async append(topic, event, tx = db) {
      // The row lock on the topic is held until commit, so a later cursor never becomes visible first.
      const { rows } = await tx.execute<{ cursor: string }>(sql`
        with position as (
          insert into live_topics (topic, cursor) values (${topic}, 1)
          on conflict (topic) do update set cursor = live_topics.cursor + 1
          returning cursor
        ), stored as (
          insert into live_events (topic, cursor, event)
          select ${topic}, cursor, ${JSON.stringify(event)}::jsonb from position
          returning cursor
        )
        select cursor, pg_notify(${LIVE_CHANNEL}, ${topic}) from stored`);
      return Number(rows[0]?.cursor);
    },

    async wake(topic, tx = db) {
      await tx.execute(sql`select pg_notify(${LIVE_CHANNEL}, ${topic})`);
    },

    async read(topic, after, limit) {
      return db
        .select({ cursor: liveEvents.cursor, at: liveEvents.createdAt, event: liveEvents.event })
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
