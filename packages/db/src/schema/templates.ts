import {
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, idColumn, instant, updatedAt } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { users } from './users.ts';

/** How workspaces are made. What it is called and looks like is that of its active version. */
export const templates = pgTable(
  'templates',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    name: varchar('name', { length: 50 }).notNull(),
    displayName: varchar('display_name', { length: 100 }).notNull(),
    icon: varchar('icon', { length: 16 }).notNull(),
    description: text('description').notNull().default(''),
    /** Why nobody should use it any more; null: people may. */
    deprecation: text('deprecation'),
    /** Number of the version that new workspaces are made of; null: there is none yet. */
    activeVersion: integer('active_version'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [uniqueIndex('templates_name_key').on(table.organizationId, table.name)],
);

/** Versions never change; they are numbered from one. */
export const templateVersions = pgTable(
  'template_versions',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    templateId: uuid('template_id')
      .notNull()
      .references(() => templates.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    /** What is different, for people. */
    message: varchar('message', { length: 500 }).notNull().default(''),
    /** Markdown. */
    readme: text('readme').notNull().default(''),
    /** `TemplateDefinition`. */
    definition: jsonb('definition').$type<Record<string, unknown>>().notNull(),
    /** Where it came from: `kind`, and of a git repository `url`, `path` and `commit`. */
    source: jsonb('source').$type<Record<string, unknown>>().notNull(),
    createdBy: uuid('created_by').references(() => users.id, { onDelete: 'set null' }),
    /** Nobody may begin to use it any more. */
    archivedAt: instant('archived_at'),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('template_versions_number_key').on(table.templateId, table.number),
    index('idx_template_versions_organization').on(table.organizationId),
    index('idx_template_versions_user').on(table.createdBy),
  ],
);
