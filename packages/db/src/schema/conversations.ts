import { sql } from 'drizzle-orm';
import {
  bigint,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { bytes, createdAt, idColumn, instant, updatedAt } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { projects } from './projects.ts';

/** One conversation per project. */
export const conversations = pgTable(
  'conversations',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    projectId: uuid('project_id')
      .notNull()
      .unique()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** Decisions and clarifications that every later prompt must know. */
    decisions: jsonb('decisions').$type<string[]>().notNull().default([]),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('idx_conversations_project').on(table.projectId),
    index('idx_conversations_created').on(table.createdAt),
    index('idx_conversations_organization').on(table.organizationId),
  ],
);

/** A turn is one user message and everything done to answer it. */
export const turns = pgTable(
  'turns',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    conversationId: uuid('conversation_id')
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    state: varchar('state', {
      length: 20,
      enum: ['queued', 'running', 'done', 'failed', 'stopped'],
    })
      .notNull()
      .default('queued'),
    /** Starts so far: a restart of the control plane starts a running turn again, a bounded number of times. */
    attempts: integer('attempts').notNull().default(0),
    inputTokens: integer('input_tokens').notNull().default(0),
    outputTokens: integer('output_tokens').notNull().default(0),
    /** In millionths of a dollar. */
    costMicros: bigint('cost_micros', { mode: 'number' }).notNull().default(0),
    correlationId: varchar('correlation_id', { length: 64 }).notNull(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_turns_conversation').on(table.conversationId),
    index('idx_turns_organization').on(table.organizationId),
    uniqueIndex('turns_one_running')
      .on(table.conversationId)
      .where(sql`${table.state} = 'running'`),
  ],
);

export const messages = pgTable(
  'messages',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    conversationId: uuid('conversation_id')
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    turnId: uuid('turn_id').references(() => turns.id, { onDelete: 'set null' }),
    /** Sender's own id: sending the same message again changes nothing. */
    clientMessageId: varchar('client_message_id', { length: 64 }),
    role: varchar('role', { length: 20, enum: ['user', 'assistant', 'system'] }).notNull(),
    content: text('content').notNull(),
    /** Steps, choices, receipt: what the page shows beside the text. */
    metadata: jsonb('metadata').$type<Record<string, unknown>>().notNull().default({}),
    tokensUsed: integer('tokens_used').notNull().default(0),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_messages_conversation').on(table.conversationId, table.createdAt),
    index('idx_messages_turn').on(table.turnId),
    index('idx_messages_organization').on(table.organizationId),
    uniqueIndex('messages_client_message_id_key').on(table.conversationId, table.clientMessageId),
    index('idx_messages_search').using('gin', sql`to_tsvector('simple', ${table.content})`),
  ],
);

/** What a browser saw of a project's app after a change. */
export const screenshots = pgTable(
  'screenshots',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    projectId: uuid('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** JPEG */
    picture: bytes('picture').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_screenshots_project').on(table.projectId, table.createdAt),
    index('idx_screenshots_organization').on(table.organizationId),
  ],
);
