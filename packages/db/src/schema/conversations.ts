import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { bytes, createdAt, idColumn, instant, searchWords, updatedAt } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { projects } from './projects.ts';
import { replicas } from './replicas.ts';
import { users } from './users.ts';

/** A line of a conversation, which lives as long as the conversation does; null: the first one. */
function branchId() {
  return uuid('branch_id');
}

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
    /** The line that is shown and goes on; null: the first one. */
    branchId: branchId(),
    /** When the first line was left, just before the app was put back. */
    firstLineLeftAt: instant('first_line_left_at'),
    /** The line that is being gone to, so that a crash in between leaves nothing half done; null: none. */
    lineChange: jsonb('line_change').$type<Record<string, unknown>>(),
    /** What all turns together may cost, in millionths of a dollar; null: as much as the installation allows. */
    budgetMicros: bigint('budget_micros', { mode: 'number' }),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('idx_conversations_project').on(table.projectId),
    index('idx_conversations_created').on(table.createdAt),
    index('idx_conversations_organization').on(table.organizationId),
  ],
);

/** A line of a conversation that begins with another version of an earlier message. */
export const conversationBranches = pgTable(
  'conversation_branches',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    conversationId: uuid('conversation_id')
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    /** The line it leaves; null: the first one. */
    parentId: uuid('parent_id'),
    /** The turn in whose place its own first one stands, and since when that one was there. */
    forkTurnId: uuid('fork_turn_id').notNull(),
    forkAt: instant('fork_at').notNull(),
    /** When it was left, just before the app was put back. */
    leftAt: instant('left_at'),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_conversation_branches_conversation').on(table.conversationId),
    index('idx_conversation_branches_organization').on(table.organizationId),
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
    branchId: branchId(),
    /** Who asked; null: it was not noted, or they are gone. */
    userId: uuid('user_id').references(() => users.id, { onDelete: 'set null' }),
    state: varchar('state', {
      length: 20,
      enum: ['queued', 'running', 'done', 'failed', 'stopped'],
    })
      .notNull()
      .default('queued'),
    /** Starts so far: a restart of the control plane starts a running turn again, a bounded number of times. */
    attempts: integer('attempts').notNull().default(0),
    /** Who runs it; null while it runs: who did is gone. */
    replicaId: uuid('replica_id').references(() => replicas.id, { onDelete: 'set null' }),
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
    index('idx_turns_user').on(table.userId),
    index('idx_turns_organization').on(table.organizationId),
    index('idx_turns_replica').on(table.replicaId),
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
    branchId: branchId(),
    /** Sender's own id: sending the same message again changes nothing. */
    clientMessageId: varchar('client_message_id', { length: 64 }),
    role: varchar('role', { length: 20, enum: ['user', 'assistant', 'system'] }).notNull(),
    content: text('content').notNull(),
    /** Steps, choices, receipt: what the page shows beside the text. */
    metadata: jsonb('metadata').$type<Record<string, unknown>>().notNull().default({}),
    tokensUsed: integer('tokens_used').notNull().default(0),
    /** Null while the text grows: an index of words that changed with each piece would cost more than the piece. */
    words: searchWords('words').generatedAlwaysAs(
      sql`case when metadata ->> 'state' = 'running' then null else to_tsvector('simple', content) end`,
    ),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_messages_conversation').on(table.conversationId, table.createdAt),
    index('idx_messages_turn').on(table.turnId),
    index('idx_messages_organization').on(table.organizationId),
    uniqueIndex('messages_client_message_id_key').on(table.conversationId, table.clientMessageId),
    index('idx_messages_words').using('gin', table.words),
  ],
);

/** Pictures that people show to the chat. */
export const attachments = pgTable(
  'attachments',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    projectId: uuid('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    mediaType: varchar('media_type', { length: 20 }).notNull(),
    width: integer('width').notNull(),
    height: integer('height').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    /** Without what a camera wrote about place and time. */
    picture: bytes('picture').notNull(),
    /** False: nobody has sent it with a message yet. */
    isSent: boolean('is_sent').notNull().default(false),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_attachments_project').on(table.projectId, table.createdAt),
    index('idx_attachments_organization').on(table.organizationId),
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
