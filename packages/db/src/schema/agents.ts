import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, idColumn, instant } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { users } from './users.ts';
import { workspaces } from './workspaces.ts';

export interface StoredQuarantine {
  readonly state: 'suspected' | 'open' | 'released';
  readonly kind: 'stale_generation' | 'second_machine';
  readonly generation: number;
  readonly bootId: string;
  readonly machineFingerprint: string;
  /** ISO 8601. */
  readonly since: string;
}

function channelBinding() {
  return varchar('channel_binding', {
    length: 20,
    enum: ['tls-exporter', 'inner-kx', 'none'],
  }).notNull();
}

/** What becomes of a second machine with the agent's identity. */
function clonePolicy() {
  return varchar('clone_policy', { length: 10, enum: ['reject', 'replace', 'fork'] })
    .notNull()
    .default('reject');
}

export const agents = pgTable(
  'agents',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    channelBinding: channelBinding(),
    clonePolicy: clonePolicy(),
    /** Counts the changes of the identity: each compares and sets it. */
    revision: integer('revision').notNull().default(0),
    /** The connection that owns the agent; null when there is none, or it ended in order. */
    sessionId: uuid('session_id'),
    /** Another instance that may not connect until somebody decides. */
    quarantine: jsonb('quarantine').$type<StoredQuarantine>(),
    /** The agent proved to have stored it. */
    ackedGeneration: bigint('acked_generation', { mode: 'number' }).notNull().default(0),
    /** Sent, not yet acknowledged: the agent may hold either. */
    pendingGeneration: bigint('pending_generation', { mode: 'number' }),
    version: varchar('version', { length: 64 }).notNull(),
    bootId: varchar('boot_id', { length: 64 }).notNull(),
    machineFingerprint: varchar('machine_fingerprint', { length: 43 }).notNull(),
    rssBytes: bigint('rss_bytes', { mode: 'number' }),
    /** Where its last connection came from, as the control plane sees it. */
    address: varchar('address', { length: 64 }),
    lastSeenAt: instant('last_seen_at'),
    revokedAt: instant('revoked_at'),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_agents_organization').on(table.organizationId),
    uniqueIndex('agents_one_per_workspace')
      .on(table.workspaceId)
      .where(sql`${table.revokedAt} is null`),
  ],
);

/** All keys that agents ever had: one that gave way never comes back. */
export const agentKeys = pgTable(
  'agent_keys',
  {
    /** SHA-256 of the public key. */
    keyId: varchar('key_id', { length: 43 }).primaryKey(),
    organizationId: ofOrganization(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agents.id, { onDelete: 'cascade' }),
    /** DER of the Ed25519 SubjectPublicKeyInfo, base64url. */
    publicKey: varchar('public_key', { length: 100 }).notNull(),
    state: varchar('state', { length: 10, enum: ['current', 'next', 'retired'] }).notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [
    index('idx_agent_keys_agent').on(table.agentId),
    index('idx_agent_keys_organization').on(table.organizationId),
    uniqueIndex('agent_keys_one_of_a_state')
      .on(table.agentId, table.state)
      .where(sql`${table.state} <> 'retired'`),
  ],
);

/** One-time join tokens, stored as SHA-256 in base64url (the form the agent names it by). */
export const enrolmentTokens = pgTable(
  'enrolment_tokens',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    tokenHash: varchar('token_hash', { length: 43 }).notNull().unique(),
    /** The only key that it lets in; null: whichever comes first. */
    forKeyId: varchar('for_key_id', { length: 43 }),
    /** What the agent that joins with it must demand of its connections. */
    channelBinding: channelBinding(),
    clonePolicy: clonePolicy(),
    /** The agent of which a copy becomes an agent of its own. */
    forkOfAgentId: uuid('fork_of_agent_id').references(() => agents.id, { onDelete: 'cascade' }),
    createdBy: uuid('created_by').references(() => users.id, { onDelete: 'cascade' }),
    expiresAt: instant('expires_at').notNull(),
    revokedAt: instant('revoked_at'),
    usedAt: instant('used_at'),
    usedByKeyId: varchar('used_by_key_id', { length: 43 }),
    /** Until it is acknowledged, the same key may come again. */
    usedForGeneration: bigint('used_for_generation', { mode: 'number' }),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_enrolment_tokens_workspace').on(table.workspaceId),
    index('idx_enrolment_tokens_organization').on(table.organizationId),
    index('idx_enrolment_tokens_fork_of').on(table.forkOfAgentId),
    index('idx_enrolment_tokens_created_by').on(table.createdBy),
  ],
);

/** Machines that ask to join (RFC 8628) and wait for a person's approval. */
export const serverJoins = pgTable(
  'server_joins',
  {
    id: idColumn(),
    /** SHA-256 of the device code, in hex. */
    deviceCodeHash: varchar('device_code_hash', { length: 64 }).notNull().unique(),
    userCode: varchar('user_code', { length: 9 }).notNull().unique(),
    machineName: varchar('machine_name', { length: 255 }).notNull(),
    machineFingerprint: varchar('machine_fingerprint', { length: 43 }).notNull(),
    keyId: varchar('key_id', { length: 43 }).notNull(),
    platform: varchar('platform', { length: 64 }).notNull(),
    agentVersion: varchar('agent_version', { length: 64 }).notNull(),
    address: varchar('address', { length: 64 }).notNull(),
    /** Of the token that the machine keeps; it opens something once somebody has approved. */
    tokenHash: varchar('token_hash', { length: 43 }).notNull(),
    intervalSeconds: integer('interval_seconds').notNull(),
    lastPolledAt: instant('last_polled_at'),
    /** Set by the one who decides, before the decision is carried out. */
    decidedBy: uuid('decided_by').references(() => users.id, { onDelete: 'cascade' }),
    isDenied: boolean('is_denied').notNull().default(false),
    workspaceId: uuid('workspace_id').references(() => workspaces.id, { onDelete: 'cascade' }),
    expiresAt: instant('expires_at').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_server_joins_decided_by').on(table.decidedBy),
    index('idx_server_joins_workspace').on(table.workspaceId),
  ],
);

/** Values of the installation: its identity, epoch and encrypted keys. */
export const installation = pgTable('installation', {
  key: varchar('key', { length: 63 }).primaryKey(),
  value: text('value').notNull(),
  createdAt: createdAt(),
});
