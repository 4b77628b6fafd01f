import { sql } from 'drizzle-orm';
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
import { createdAt, idColumn, instant } from './columns.ts';
import { organizations } from './organizations.ts';

/**
 * Every mutation and session. Rows are only ever added: triggers refuse all but the one update that seals a row, which
 * gives it its place in the chain of its organization.
 */
export const auditLog = pgTable(
  'audit_log',
  {
    id: idColumn(),
    /** Null: of the installation. */
    organizationId: uuid('organization_id').references(() => organizations.id),
    /** `user:<id>`, `token:<id>`, `agent:<id>` or `system`. */
    principal: varchar('principal', { length: 80 }).notNull(),
    /** As it was then. */
    principalName: varchar('principal_name', { length: 255 }),
    action: varchar('action', { length: 80 }).notNull(),
    target: text('target').notNull(),
    /** As it was then. */
    subjectName: varchar('subject_name', { length: 255 }),
    result: varchar('result', { length: 10, enum: ['done', 'refused', 'failed'] })
      .notNull()
      .default('done'),
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull().default({}),
    address: varchar('address', { length: 64 }),
    userAgent: varchar('user_agent', { length: 255 }),
    correlationId: varchar('correlation_id', { length: 64 }).notNull(),
    createdAt: createdAt(),
    /** From 1 within the organization, without gaps; null until sealed. */
    sequence: bigint('sequence', { mode: 'number' }),
    previousHash: varchar('previous_hash', { length: 64 }),
    hash: varchar('hash', { length: 64 }),
  },
  (table) => [
    index('idx_audit_log_organization').on(table.organizationId, table.createdAt, table.id),
    uniqueIndex('audit_log_sequence_key').on(table.organizationId, table.sequence),
    index('idx_audit_log_unsealed')
      .on(table.organizationId, table.createdAt, table.id)
      .where(sql`${table.sequence} is null`),
  ],
);

function placeColumns() {
  return {
    /** Of the organization; only zeros: of the installation. */
    chainId: uuid('chain_id').primaryKey(),
    sequence: bigint('sequence', { mode: 'number' }).notNull(),
    hash: varchar('hash', { length: 64 }).notNull(),
    signedAt: instant('signed_at').notNull(),
    signature: varchar('signature', { length: 128 }).notNull(),
  };
}

/** Where each chain ends. One signed row and none before it: there is no older one to go back to after a cut. */
export const auditHeads = pgTable('audit_heads', placeColumns());

/** After which entry each chain begins, where old entries were removed: triggers let nothing else go. */
export const auditAnchors = pgTable('audit_anchors', placeColumns());
