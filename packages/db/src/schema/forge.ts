import {
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, instant } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { projects } from './projects.ts';

function ofProject() {
  return uuid('project_id')
    .notNull()
    .references(() => projects.id, { onDelete: 'cascade' });
}

/** Projects that are kept in a forge, and what is to be carried between here and there. */
export const forgeLinks = pgTable(
  'forge_links',
  {
    projectId: ofProject().primaryKey(),
    organizationId: ofOrganization(),
    state: varchar('state', {
      length: 20,
      enum: ['waiting', 'synced', 'failing', 'diverged'],
    })
      .notNull()
      .default('waiting'),
    /** What is wrong, in words for people. */
    detail: text('detail'),
    diverged: jsonb('diverged').$type<readonly string[]>().notNull().default([]),
    /** When it is looked at next. */
    dueAt: instant('due_at').notNull(),
    /** Until then somebody is at it. */
    heldUntil: instant('held_until'),
    /** Counts what was asked: a visit that began before does not settle it. */
    asked: integer('asked').notNull().default(0),
    /** Failures since it last went well. */
    attempts: integer('attempts').notNull().default(0),
    hookId: integer('hook_id'),
    /** It has signed once, so that nothing unsigned is believed any more. */
    isSigned: boolean('is_signed').notNull().default(false),
    lastHookAt: instant('last_hook_at'),
    /** Changes of pipelines up to then are known, by the forge's clock. */
    pipelinesUntil: instant('pipelines_until').notNull(),
    syncedAt: instant('synced_at'),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_forge_links_due').on(table.dueAt),
    index('idx_forge_links_organization').on(table.organizationId, table.state),
  ],
);

/** What the forge told of, by the ids that it repeats when it tells the same again. */
export const forgeDeliveries = pgTable(
  'forge_deliveries',
  {
    projectId: ofProject(),
    id: varchar('id', { length: 128 }).notNull(),
    receivedAt: instant('received_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.id] }),
    index('idx_forge_deliveries_received').on(table.receivedAt),
  ],
);
