import { sql } from 'drizzle-orm';
import { check, index, pgTable, primaryKey, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, idColumn } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { projects } from './projects.ts';
import { users } from './users.ts';

export const groups = pgTable(
  'groups',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    name: varchar('name', { length: 255 }).notNull(),
    /** The way to sign in whose group of this name it follows; null: people choose its members here. */
    follows: varchar('follows', { length: 20, enum: ['oidc', 'github'] }),
    createdAt: createdAt(),
  },
  (table) => [uniqueIndex('groups_name_key').on(table.organizationId, sql`lower(${table.name})`)],
);

function ofGroup() {
  return uuid('group_id').references(() => groups.id, { onDelete: 'cascade' });
}

function ofUser() {
  return uuid('user_id').references(() => users.id, { onDelete: 'cascade' });
}

export const groupMembers = pgTable(
  'group_members',
  { groupId: ofGroup().notNull(), userId: ofUser().notNull(), createdAt: createdAt() },
  (table) => [
    primaryKey({ columns: [table.groupId, table.userId] }),
    index('idx_group_members_user').on(table.userId),
  ],
);

/** What a person or a group may do in a project that is not open to all. */
export const projectGrants = pgTable(
  'project_grants',
  {
    id: idColumn(),
    projectId: uuid('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    userId: ofUser(),
    groupId: ofGroup(),
    level: varchar('level', { length: 20, enum: ['view', 'use', 'manage'] }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('project_grants_user_key').on(table.projectId, table.userId),
    uniqueIndex('project_grants_group_key').on(table.projectId, table.groupId),
    index('idx_project_grants_user').on(table.userId),
    index('idx_project_grants_group').on(table.groupId),
    check('project_grants_one', sql`num_nonnulls(${table.userId}, ${table.groupId}) = 1`),
  ],
);
