import { index, pgTable, primaryKey, text, unique, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, instant } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { users } from './users.ts';

function owner() {
  return {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    organizationId: ofOrganization(),
  };
}

/** Tokens of people for git hosts, which git in their workspaces is given when it asks. */
export const gitLogins = pgTable(
  'git_logins',
  {
    id: idColumn(),
    ...owner(),
    /** Scheme, host and port. */
    origin: varchar('origin', { length: 512 }).notNull(),
    /** Only for repositories below it; empty: for all of the origin. */
    path: varchar('path', { length: 1024 }).notNull(),
    username: varchar('username', { length: 255 }).notNull(),
    /** Encrypted with a key that is not in the database, for this owner, origin and path alone. */
    sealedToken: text('sealed_token').notNull(),
    lastUsedAt: instant('last_used_at'),
    createdAt: createdAt(),
  },
  (table) => [
    unique('git_logins_scope_key').on(table.userId, table.organizationId, table.origin, table.path),
    index('idx_git_logins_organization').on(table.organizationId),
  ],
);

/** Repositories that are applied to people's home directories. */
export const dotfiles = pgTable(
  'dotfiles',
  {
    ...owner(),
    repositoryUrl: text('repository_url').notNull(),
    installScript: varchar('install_script', { length: 255 }),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.organizationId] }),
    index('idx_dotfiles_organization').on(table.organizationId),
  ],
);
