import { bigint, index, integer, pgTable, primaryKey, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, instant } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { projects } from './projects.ts';
import { replicas } from './replicas.ts';
import { users } from './users.ts';
import { workspaces } from './workspaces.ts';

function ofProject() {
  return uuid('project_id')
    .notNull()
    .references(() => projects.id, { onDelete: 'cascade' });
}

/** What agents show when tools of their workspace ask a model; a row ends with its agent's connection at the latest. */
export const modelTokens = pgTable(
  'model_tokens',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    /** SHA-256 in hex. */
    tokenHash: varchar('token_hash', { length: 64 }).notNull().unique(),
    /** The agent's connection over which it was given. */
    sessionId: varchar('session_id', { length: 64 }).notNull(),
    expiresAt: instant('expires_at').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_model_tokens_workspace').on(table.workspaceId),
    index('idx_model_tokens_organization').on(table.organizationId),
  ],
);

/** The most that a request on its way can cost: set aside before it is sent, so that budgets are never passed. */
export const modelHolds = pgTable(
  'model_holds',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    projectId: ofProject(),
    /** In millionths of a dollar. */
    micros: bigint('micros', { mode: 'number' }).notNull(),
    /** Whoever passes the request on; null: it is gone, and the request with it. */
    replicaId: uuid('replica_id').references(() => replicas.id, { onDelete: 'set null' }),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_model_holds_replica').on(table.replicaId),
    index('idx_model_holds_project').on(table.projectId),
    index('idx_model_holds_organization').on(table.organizationId),
  ],
);

/** What tools in workspaces have used of models in a day. Rows outlive their workspace: the money stays spent. */
export const modelUse = pgTable(
  'model_use',
  {
    organizationId: ofOrganization(),
    projectId: ofProject(),
    workspaceId: uuid('workspace_id').notNull(),
    /** The owner of the workspace. */
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    model: varchar('model', { length: 200 }).notNull(),
    /** `2026-11-27`, in UTC. */
    day: varchar('day', { length: 10 }).notNull(),
    requests: integer('requests').notNull(),
    /** All of them, those of the cache included. */
    inputTokens: bigint('input_tokens', { mode: 'number' }).notNull(),
    cachedInputTokens: bigint('cached_input_tokens', { mode: 'number' }).notNull(),
    writtenInputTokens: bigint('written_input_tokens', { mode: 'number' }).notNull(),
    outputTokens: bigint('output_tokens', { mode: 'number' }).notNull(),
    /** In millionths of a dollar. */
    costMicros: bigint('cost_micros', { mode: 'number' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.userId, table.model, table.day] }),
    index('idx_model_use_project').on(table.projectId),
    index('idx_model_use_user').on(table.userId),
    index('idx_model_use_organization').on(table.organizationId),
  ],
);
