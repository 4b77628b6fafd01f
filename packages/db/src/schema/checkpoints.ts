import { index, pgTable, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, idColumn } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { projects } from './projects.ts';
import { workspaceSnapshots } from './snapshots.ts';
import { users } from './users.ts';

/** Points in the history of an app that somebody gave a name. */
export const checkpoints = pgTable(
  'checkpoints',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    projectId: uuid('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    userId: uuid('user_id').references(() => users.id, { onDelete: 'set null' }),
    name: varchar('name', { length: 100 }).notNull(),
    /** All files as they were, what the app had stored too; null: the code only. */
    snapshotId: uuid('snapshot_id').references(() => workspaceSnapshots.id, {
      onDelete: 'set null',
    }),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_checkpoints_organization').on(table.organizationId),
    index('idx_checkpoints_user').on(table.userId),
    index('idx_checkpoints_snapshot').on(table.snapshotId),
    uniqueIndex('checkpoints_name_key').on(table.projectId, table.name),
  ],
);
