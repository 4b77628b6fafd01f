import { sql } from 'drizzle-orm';
import { index, pgTable, unique, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, instant, updatedAt } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { projects } from './projects.ts';

/** Names of people's own for the apps of projects. Several organizations may claim one; at most one has proven that it is theirs. */
export const customDomains = pgTable(
  'custom_domains',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    projectId: uuid('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** As the DNS has it: lower case, ASCII, without a dot at the end. */
    name: varchar('name', { length: 253 }).notNull(),
    state: varchar('state', { length: 20, enum: ['pending', 'verified', 'active', 'failing'] })
      .notNull()
      .default('pending'),
    /** What the last look at the DNS found wrong; null: nothing. */
    problem: varchar('problem', {
      length: 20,
      enum: ['dns-silent', 'proof-missing', 'taken', 'nowhere', 'elsewhere'],
    }),
    /** Since when the proof is gone from the DNS; null: it is there, or never was. */
    proofMissingSince: instant('proof_missing_since'),
    /** A claim without proof ends some days after it. */
    claimedAt: instant('claimed_at').notNull().defaultNow(),
    checkedAt: instant('checked_at'),
    nextCheckAt: instant('next_check_at').notNull().defaultNow(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique('custom_domains_claim_key').on(table.organizationId, table.name),
    uniqueIndex('custom_domains_owner_key')
      .on(table.name)
      .where(sql`${table.state} <> 'pending'`),
    index('idx_custom_domains_project').on(table.projectId),
    index('idx_custom_domains_next_check').on(table.nextCheckAt),
  ],
);
