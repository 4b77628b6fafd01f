import { boolean, index, pgTable, text, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, updatedAt } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { users } from './users.ts';

/** Texts that people send to the chat again and again. */
export const savedPrompts = pgTable(
  'saved_prompts',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: varchar('name', { length: 60 }).notNull(),
    text: text('text').notNull(),
    /** Everybody of the organization may use it. */
    isShared: boolean('is_shared').notNull().default(false),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('idx_saved_prompts_user').on(table.userId),
    uniqueIndex('saved_prompts_name_key').on(table.organizationId, table.userId, table.name),
  ],
);
