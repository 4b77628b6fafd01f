import { bigint, index, jsonb, pgTable, uniqueIndex, varchar } from 'drizzle-orm/pg-core';
import { createdAt } from './columns.ts';

/** What live clients are told; `cursor` counts within a topic without gaps, so nothing is missed or seen twice. */
export const liveEvents = pgTable(
  'live_events',
  {
    topic: varchar('topic', { length: 80 }).notNull(),
    cursor: bigint('cursor', { mode: 'number' }).notNull(),
    event: jsonb('event').$type<Record<string, unknown>>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('live_events_topic_cursor_key').on(table.topic, table.cursor),
    index('idx_live_events_created').on(table.createdAt),
  ],
);

/** The last cursor given out, also after old events were removed. */
export const liveTopics = pgTable('live_topics', {
  topic: varchar('topic', { length: 80 }).primaryKey(),
  cursor: bigint('cursor', { mode: 'number' }).notNull().default(0),
});
