import { index, integer, jsonb, pgTable, uuid } from 'drizzle-orm/pg-core';
import { createdAt, updatedAt } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { templates } from './templates.ts';
import { workspaces } from './workspaces.ts';

/** How many workspaces of a template are kept ready; those without a row keep none. */
export const templatePools = pgTable(
  'template_pools',
  {
    templateId: uuid('template_id')
      .primaryKey()
      .references(() => templates.id, { onDelete: 'cascade' }),
    organizationId: ofOrganization(),
    size: integer('size').notNull(),
    /** Older ones are replaced. */
    maxAgeHours: integer('max_age_hours').notNull(),
    /** Hours in which they are kept ready; null: always. */
    schedule: jsonb('schedule').$type<Record<string, unknown>>(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('idx_template_pools_organization').on(table.organizationId)],
);

/** Workspaces that wait for an owner. INVARIANT: whoever deletes the row has the workspace. */
export const poolMembers = pgTable(
  'pool_members',
  {
    workspaceId: uuid('workspace_id')
      .primaryKey()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    /** The organization that may claim it; its workspace belongs to the system until then. */
    organizationId: ofOrganization(),
    templateId: uuid('template_id')
      .notNull()
      .references(() => templates.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_pool_members_organization').on(table.organizationId),
    index('idx_pool_members_template').on(table.templateId),
  ],
);
