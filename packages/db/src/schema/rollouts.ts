import {
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, idColumn, instant, updatedAt } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { users } from './users.ts';
import { workspaces } from './workspaces.ts';

export interface StoredStage {
  readonly name: string;
  readonly size: number;
}

/** How a version of the agent comes to the machines of an organization, in stages. */
export const agentRollouts = pgTable(
  'agent_rollouts',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    version: varchar('version', { length: 64 }).notNull(),
    kind: varchar('kind', { length: 10, enum: ['forward', 'back'] }).notNull(),
    state: varchar('state', {
      length: 20,
      enum: ['running', 'paused', 'halted', 'completed', 'rolled_back', 'superseded'],
    }).notNull(),
    stages: jsonb('stages').$type<readonly StoredStage[]>().notNull(),
    /** Stages up to this one are open. */
    stage: integer('stage').notNull().default(0),
    /** Percent of a stage. */
    maxFailures: integer('max_failures').notNull(),
    /** Hours in which versions are changed; null: at any time. */
    hours: jsonb('hours').$type<Record<string, unknown>>(),
    /** Why it was halted. */
    reason: text('reason'),
    createdBy: uuid('created_by').references(() => users.id, { onDelete: 'set null' }),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('idx_agent_rollouts_organization').on(table.organizationId, table.createdAt),
    index('idx_agent_rollouts_creator').on(table.createdBy),
  ],
);

/** INVARIANT: whoever sets `updating` gives the release to that agent, and nobody else does. */
export const agentRolloutMembers = pgTable(
  'agent_rollout_members',
  {
    rolloutId: uuid('rollout_id')
      .notNull()
      .references(() => agentRollouts.id, { onDelete: 'cascade' }),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    organizationId: ofOrganization(),
    stage: integer('stage').notNull(),
    state: varchar('state', {
      length: 10,
      enum: ['waiting', 'updating', 'trying', 'done', 'failed', 'unable'],
    })
      .notNull()
      .default('waiting'),
    fromVersion: varchar('from_version', { length: 64 }).notNull(),
    targetVersion: varchar('target_version', { length: 64 }).notNull(),
    reason: text('reason'),
    attempts: integer('attempts').notNull().default(0),
    changedAt: instant('changed_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.rolloutId, table.workspaceId] }),
    index('idx_agent_rollout_members_workspace').on(table.workspaceId),
    index('idx_agent_rollout_members_organization').on(table.organizationId),
    index('idx_agent_rollout_members_state').on(table.rolloutId, table.state, table.stage),
  ],
);
