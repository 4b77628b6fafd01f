import { boolean, index, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, instant } from './columns.ts';
import { ofOrganization, organizations } from './organizations.ts';
import { userIdentities, users } from './users.ts';

/** Tokens are stored as SHA-256 in hex: 256 random bits need no slow hash. */
function tokenHash() {
  return varchar('token_hash', { length: 64 }).notNull().unique();
}

function owner() {
  return {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    organizationId: ofOrganization(),
  };
}

/** One-time tokens of the link that creates the first admin. */
export const setupTokens = pgTable('setup_tokens', {
  id: idColumn(),
  tokenHash: tokenHash(),
  usedAt: instant('used_at'),
  createdAt: createdAt(),
});

/** Links with which one person joins an organization, or a member chooses a new password. */
export const invitations = pgTable(
  'invitations',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    role: text('role', { enum: ['admin', 'developer', 'readonly'] }).notNull(),
    email: varchar('email', { length: 255 }),
    /** The member who forgot a password; null for somebody new. */
    memberId: uuid('member_id').references(() => users.id, { onDelete: 'cascade' }),
    createdBy: uuid('created_by')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    tokenHash: tokenHash(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_invitations_organization').on(table.organizationId),
    index('idx_invitations_member').on(table.memberId),
    index('idx_invitations_created_by').on(table.createdBy),
  ],
);

/** Browser logins; the cookie holds the token. */
export const loginSessions = pgTable(
  'login_sessions',
  {
    id: idColumn(),
    ...owner(),
    tokenHash: tokenHash(),
    /** Where it was proved who it is: such a login is not prolonged. Null: here, with a password. */
    identityId: uuid('identity_id').references(() => userIdentities.id, { onDelete: 'cascade' }),
    expiresAt: instant('expires_at').notNull(),
    lastSeenAt: instant('last_seen_at').notNull().defaultNow(),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_login_sessions_user').on(table.userId),
    index('idx_login_sessions_identity').on(table.identityId),
    index('idx_login_sessions_organization').on(table.organizationId),
  ],
);

/**
 * Browser logins handed over to the host name of a preview. A row begins with a code that works once, for the browser
 * that holds the secret of the challenge; then it has the token of that host's cookie. It ends with the login.
 */
export const previewSessions = pgTable(
  'preview_sessions',
  {
    id: idColumn(),
    loginSessionId: uuid('login_session_id')
      .notNull()
      .references(() => loginSessions.id, { onDelete: 'cascade' }),
    label: varchar('label', { length: 63 }).notNull(),
    codeHash: varchar('code_hash', { length: 64 }).unique(),
    challenge: varchar('challenge', { length: 43 }).notNull(),
    codeExpiresAt: instant('code_expires_at').notNull(),
    tokenHash: varchar('token_hash', { length: 64 }).unique(),
    createdAt: createdAt(),
  },
  (table) => [index('idx_preview_sessions_login').on(table.loginSessionId)],
);

export const apiTokens = pgTable(
  'api_tokens',
  {
    id: idColumn(),
    ...owner(),
    name: varchar('name', { length: 255 }).notNull(),
    scope: text('scope', { enum: ['read', 'write', 'admin'] }).notNull(),
    tokenHash: tokenHash(),
    expiresAt: instant('expires_at'),
    lastUsedAt: instant('last_used_at'),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_api_tokens_user').on(table.userId),
    index('idx_api_tokens_organization').on(table.organizationId),
  ],
);

/** Device logins (RFC 8628) that wait for a person's approval. */
export const deviceLogins = pgTable(
  'device_logins',
  {
    id: idColumn(),
    tokenHash: tokenHash(),
    userCode: varchar('user_code', { length: 9 }).notNull().unique(),
    clientName: varchar('client_name', { length: 255 }).notNull(),
    approved: boolean('approved'),
    approvedBy: uuid('approved_by').references(() => users.id, { onDelete: 'cascade' }),
    organizationId: uuid('organization_id').references(() => organizations.id, {
      onDelete: 'cascade',
    }),
    redeemedAt: instant('redeemed_at'),
    expiresAt: instant('expires_at').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_device_logins_approved_by').on(table.approvedBy),
    index('idx_device_logins_organization').on(table.organizationId),
  ],
);
