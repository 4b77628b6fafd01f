import {
  bigint,
  index,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, idColumn } from './columns.ts';
import { organizations } from './organizations.ts';

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

/** Every mutation and session; rows are only ever added. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: idColumn(),
    organizationId: uuid('organization_id').references(() => organizations.id, {
      onDelete: 'cascade',
    }),
    /** `user:<id>`, `token:<id>`, `agent:<id>` or `system`. */
    principal: varchar('principal', { length: 80 }).notNull(),
    action: varchar('action', { length: 80 }).notNull(),
    target: text('target').notNull(),
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull().default({}),
    correlationId: varchar('correlation_id', { length: 64 }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('idx_audit_log_organization').on(table.organizationId, table.createdAt)],
);
