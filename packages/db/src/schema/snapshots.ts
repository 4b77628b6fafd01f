import { bigint, index, pgTable, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, instant } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { users } from './users.ts';

/** Copies of workspaces' files. They may outlive their workspace and its project. */
export const workspaceSnapshots = pgTable(
  'workspace_snapshots',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    workspaceId: uuid('workspace_id').notNull(),
    /** Of the workspace. */
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    workspaceName: varchar('workspace_name', { length: 63 }).notNull(),
    name: varchar('name', { length: 100 }).notNull(),
    /** `last`: made before the workspace was deleted for want of use. */
    kind: varchar('kind', { length: 20, enum: ['manual', 'last', 'automatic'] }).notNull(),
    /** In the data directory of the control plane, or in its bucket. */
    storage: varchar('storage', { length: 20, enum: ['disk', 's3'] })
      .notNull()
      .default('disk'),
    /** There. */
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    /** In a workspace. */
    unpackedBytes: bigint('unpacked_bytes', { mode: 'number' }).notNull(),
    /** When it is removed; null: when somebody does it. */
    expiresAt: instant('expires_at'),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_workspace_snapshots_organization').on(table.organizationId),
    index('idx_workspace_snapshots_owner').on(table.ownerId),
    uniqueIndex('workspace_snapshots_name_key').on(table.workspaceId, table.name),
  ],
);
