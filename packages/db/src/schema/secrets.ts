import {
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, idColumn, instant, updatedAt } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { projects } from './projects.ts';
import { users } from './users.ts';
import { workspaces } from './workspaces.ts';

/** The keys that an organization's secrets are encrypted with, each encrypted with a key that is not in the database. */
export const secretKeys = pgTable(
  'secret_keys',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    sealedKey: text('sealed_key').notNull(),
    /** Nothing new is encrypted with it. */
    retiredAt: instant('retired_at'),
    createdAt: createdAt(),
  },
  (table) => [index('idx_secret_keys_organization').on(table.organizationId)],
);

/** Of an organization, or of one of its projects, people or workspaces: at most one of the three is set. */
export const secrets = pgTable(
  'secrets',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    projectId: uuid('project_id').references(() => projects.id, { onDelete: 'cascade' }),
    userId: uuid('user_id').references(() => users.id, { onDelete: 'cascade' }),
    workspaceId: uuid('workspace_id').references(() => workspaces.id, { onDelete: 'cascade' }),
    name: varchar('name', { length: 128 }).notNull(),
    /** The newest one. */
    version: integer('version').notNull(),
    /** Workspaces have it no more; it can be brought back. */
    deletedAt: instant('deleted_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    unique('secrets_scope_key')
      .on(table.organizationId, table.projectId, table.userId, table.workspaceId, table.name)
      .nullsNotDistinct(),
    index('idx_secrets_project').on(table.projectId),
    index('idx_secrets_user').on(table.userId),
    index('idx_secrets_workspace').on(table.workspaceId),
  ],
);

export const secretVersions = pgTable(
  'secret_versions',
  {
    secretId: uuid('secret_id')
      .notNull()
      .references(() => secrets.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    organizationId: ofOrganization(),
    keyId: uuid('key_id')
      .notNull()
      .references(() => secretKeys.id),
    /** Opens for this secret, version and name alone. */
    sealedValue: text('sealed_value').notNull(),
    createdBy: uuid('created_by').references(() => users.id, { onDelete: 'set null' }),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.secretId, table.version] }),
    index('idx_secret_versions_organization').on(table.organizationId),
    index('idx_secret_versions_key').on(table.keyId),
    index('idx_secret_versions_created_by').on(table.createdBy),
  ],
);
