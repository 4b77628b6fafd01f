import {
  bigint,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, idColumn, updatedAt } from './columns.ts';
import { users } from './users.ts';

/** The tenant: every query about what users own is scoped by its id. */
export const organizations = pgTable('organizations', {
  id: idColumn(),
  name: varchar('name', { length: 255 }).notNull(),
  slug: varchar('slug', { length: 63 }).notNull().unique(),
  /** In millionths of the configured currency; null: as configured. */
  monthlyBudgetMicros: bigint('monthly_budget_micros', { mode: 'number' }),
  /** How long workspaces live without use; what is missing is as configured. */
  lifecyclePolicy: jsonb('lifecycle_policy').$type<Record<string, unknown>>(),
  /** Whether what is shown in sessions is recorded, and for how long; null: it is not. */
  recordingPolicy: jsonb('recording_policy').$type<Record<string, unknown>>(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const organizationMembers = pgTable(
  'organization_members',
  {
    organizationId: uuid('organization_id')
      .notNull()
      .references(() => organizations.id, { onDelete: 'cascade' }),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    role: text('role', { enum: ['admin', 'developer', 'readonly'] }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.userId] }),
    index('idx_organization_members_user').on(table.userId),
  ],
);

/** Whose row it is: what belongs to an organization goes with it. */
export function ofOrganization() {
  return uuid('organization_id')
    .notNull()
    .references(() => organizations.id, { onDelete: 'cascade' });
}
