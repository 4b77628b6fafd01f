import { sql } from 'drizzle-orm';
import {
  bigint,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
  varchar,
  type AnyPgColumn,
} from 'drizzle-orm/pg-core';
import { createdAt, idColumn, instant, sharing, updatedAt } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { projects } from './projects.ts';
import { replicas } from './replicas.ts';
import { templates } from './templates.ts';
import { users } from './users.ts';

export const workspaces = pgTable(
  'workspaces',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    projectId: uuid('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => users.id),
    /** What it was made of; null: of no template, or of one that is gone. */
    templateId: uuid('template_id').references(() => templates.id, { onDelete: 'set null' }),
    templateVersion: integer('template_version'),
    /** The parameters that were chosen (`ParameterValues`). */
    templateValues: jsonb('template_values').$type<Record<string, unknown>>().notNull().default({}),
    /** What the last update replaced, to go back to it: `version`, `values`. */
    templateBefore: jsonb('template_before').$type<Record<string, unknown>>(),
    name: varchar('name', { length: 63 }).notNull(),
    /** In the host names of its ports, `3000--<label>`: the name, unless another organization has one like it. */
    hostLabel: varchar('host_label', { length: 56 })
      .notNull()
      .default(sql`gen_random_uuid()::text`),
    provider: varchar('provider', {
      length: 20,
      enum: ['local', 'docker', 'kubernetes', 'coder', 'server'],
    }).notNull(),
    desiredState: varchar('desired_state', {
      length: 20,
      enum: ['running', 'stopped', 'deleted'],
    }).notNull(),
    actualState: varchar('actual_state', {
      length: 20,
      enum: [
        'created',
        'starting',
        'running',
        'stopping',
        'stopped',
        'deleting',
        'deleted',
        'failed',
      ],
    })
      .notNull()
      .default('created'),
    stateSince: instant('state_since').notNull().defaultNow(),
    failure: text('failure'),
    warnings: jsonb('warnings').$type<string[]>().notNull().default([]),
    /** How its machine is made (`WorkspaceSettings`), decided at creation; what is missing has its default. */
    settings: jsonb('settings').$type<Record<string, unknown>>().notNull().default({}),
    /** Takes the place of the settings for one start. */
    nextStart: jsonb('next_start').$type<Record<string, unknown>>(),
    /** Runs at every start. */
    startScript: text('start_script'),
    /** Who looks after it; null: the first replica that has something to do about it. */
    replicaId: uuid('replica_id').references(() => replicas.id, { onDelete: 'set null' }),
    /** What the provider needs to find it again, e.g. process id or container id. */
    providerState: jsonb('provider_state').$type<Record<string, unknown>>().notNull().default({}),
    /** Where the app of the project listens inside the workspace. */
    appPort: integer('app_port').notNull(),
    /** The server in whose container engine it runs; null: in that of the control plane, or in none. */
    hostId: uuid('host_id').references((): AnyPgColumn => serverHosts.workspaceId),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('idx_workspaces_host').on(table.hostId),
    index('idx_workspaces_project').on(table.projectId),
    index('idx_workspaces_owner').on(table.ownerId),
    index('idx_workspaces_template').on(table.templateId),
    index('idx_workspaces_replica').on(table.replicaId),
    uniqueIndex('workspaces_name_key')
      .on(table.organizationId, table.name)
      .where(sql`${table.actualState} <> 'deleted'`),
    uniqueIndex('workspaces_host_label_key')
      .on(table.hostLabel)
      .where(sql`${table.actualState} <> 'deleted'`),
  ],
);

/** Servers in whose container engines workspaces of others may run. */
export const serverHosts = pgTable(
  'server_hosts',
  {
    workspaceId: uuid('workspace_id')
      .primaryKey()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    organizationId: ofOrganization(),
    createdAt: createdAt(),
  },
  (table) => [index('idx_server_hosts_organization').on(table.organizationId)],
);

/** When a workspace is stopped and started without being asked; one without a row has the defaults. */
export const workspaceLifecycles = pgTable(
  'workspace_lifecycles',
  {
    workspaceId: uuid('workspace_id')
      .primaryKey()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    organizationId: ofOrganization(),
    /** 0: never; null: as configured. */
    idleMinutes: integer('idle_minutes'),
    schedule: jsonb('schedule').$type<Record<string, unknown>>(),
    /** What was due before it was set is nobody's wish. */
    scheduleSetAt: instant('schedule_set_at'),
    keepUntil: instant('keep_until'),
    /** When the stop comes that its users were warned of. */
    stopsAt: instant('stops_at'),
    stopReason: text('stop_reason'),
    /** Since when nobody used it for so long that nothing but a person starts it. */
    dormantSince: instant('dormant_since'),
    /** When somebody started it out of dormancy. */
    wokenAt: instant('woken_at'),
    /** When it was stopped for want of use: a visit of its app starts it again. */
    asleepSince: instant('asleep_since'),
    /** When its deletion comes that its owner was warned of. */
    deletesAt: instant('deletes_at'),
    /** The last use of each kind. */
    terminalAt: instant('terminal_at'),
    commandAt: instant('command_at'),
    portsAt: instant('ports_at'),
    chatAt: instant('chat_at'),
    aiAt: instant('ai_at'),
    cpuAt: instant('cpu_at'),
    /** What it took on the disk of its engine when that was measured last. */
    diskBytes: bigint('disk_bytes', { mode: 'number' }),
  },
  (table) => [index('idx_workspace_lifecycles_organization').on(table.organizationId)],
);

/** What a deletion by force could not remove: it is found and removed later, also when its workspace's row is gone. */
export const workspaceLeftovers = pgTable(
  'workspace_leftovers',
  {
    workspaceId: uuid('workspace_id').primaryKey(),
    organizationId: ofOrganization(),
    /** With the host of those that have one: `placeName`. */
    provider: varchar('provider', { length: 64 }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('idx_workspace_leftovers_organization').on(table.organizationId)],
);

/** What a member used in a project in a month; rows outlive the project: the money stays spent. */
export const monthlyCosts = pgTable(
  'monthly_costs',
  {
    organizationId: ofOrganization(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** `2026-11`, in UTC. */
    month: varchar('month', { length: 7 }).notNull(),
    /** Nil: before it was counted by project. */
    projectId: uuid('project_id').notNull().default('00000000-0000-0000-0000-000000000000'),
    /** As it was called last. */
    projectName: varchar('project_name', { length: 255 }).notNull().default(''),
    /** Of running workspaces of theirs. */
    seconds: bigint('seconds', { mode: 'number' }).notNull().default(0),
    /** What that costs, in millionths of the configured currency. */
    micros: bigint('micros', { mode: 'number' }).notNull().default(0),
    /** Of models, by the chat and by tools in workspaces. */
    inputTokens: bigint('input_tokens', { mode: 'number' }).notNull().default(0),
    outputTokens: bigint('output_tokens', { mode: 'number' }).notNull().default(0),
    /** What those cost, in millionths of a dollar. */
    modelMicros: bigint('model_micros', { mode: 'number' }).notNull().default(0),
  },
  (table) => [
    uniqueIndex('monthly_costs_key').on(
      table.organizationId,
      table.userId,
      table.month,
      table.projectId,
    ),
    index('idx_monthly_costs_user').on(table.userId),
  ],
);

/**
 * What workspaces use of their machines, as a ring: a row spans as many samples as fit, and the one that has its slot
 * a round later takes its place, so that there are never more rows than slots.
 */
export const workspaceUsage = pgTable(
  'workspace_usage',
  {
    organizationId: ofOrganization(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    /** Between two samples of the row. */
    stepSeconds: integer('step_seconds').notNull(),
    slot: integer('slot').notNull(),
    startedAt: instant('started_at').notNull(),
    /** In order: milliseconds since the epoch, processors, memory, disk, bytes received and sent a second. */
    samples: jsonb('samples').$type<(number | null)[][]>().notNull(),
    /** What there was at most: `cpus`, `memoryBytes`, `diskBytes`. */
    machine: jsonb('machine').$type<Record<string, unknown>>().notNull().default({}),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.stepSeconds, table.slot] }),
    index('idx_workspace_usage_organization').on(table.organizationId),
  ],
);

/** How ports other than the app's are shared; those without a row are private. */
export const portSharing = pgTable(
  'port_sharing',
  {
    organizationId: ofOrganization(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    port: integer('port').notNull(),
    sharing: sharing('sharing').notNull(),
    updatedAt: updatedAt(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.port] }),
    index('idx_port_sharing_organization').on(table.organizationId),
  ],
);

export const transitions = pgTable(
  'transitions',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    kind: varchar('kind', { length: 20, enum: ['start', 'stop', 'delete', 'update'] }).notNull(),
    state: varchar('state', { length: 20, enum: ['running', 'done', 'failed'] })
      .notNull()
      .default('running'),
    reason: text('reason').notNull(),
    /** In order: name, state, startedAt (ISO), durationMs, detail. */
    steps: jsonb('steps')
      .$type<
        {
          name: string;
          state: 'running' | 'done' | 'failed';
          startedAt: string;
          durationMs: number | null;
          detail: string | null;
        }[]
      >()
      .notNull()
      .default([]),
    failure: text('failure'),
    correlationId: varchar('correlation_id', { length: 64 }).notNull(),
    deadlineAt: instant('deadline_at').notNull(),
    startedAt: instant('started_at').notNull().defaultNow(),
    finishedAt: instant('finished_at'),
  },
  (table) => [
    index('idx_transitions_workspace').on(table.workspaceId, table.startedAt),
    index('idx_transitions_organization').on(table.organizationId),
    index('idx_transitions_finished').on(table.finishedAt),
    uniqueIndex('transitions_one_running')
      .on(table.workspaceId)
      .where(sql`${table.state} = 'running'`),
  ],
);

export const changeSets = pgTable(
  'change_sets',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    userId: uuid('user_id').references(() => users.id, { onDelete: 'set null' }),
    summary: varchar('summary', { length: 500 }).notNull(),
    outcome: varchar('outcome', {
      length: 20,
      enum: ['running', 'committed', 'rolled_back', 'rejected'],
    })
      .notNull()
      .default('running'),
    reason: text('reason'),
    commit: varchar('commit', { length: 64 }),
    /** Contents before and after by path, for diff and undo; null where the file did not exist. */
    contents: jsonb('contents')
      .$type<
        {
          path: string;
          before: string | null;
          after: string | null;
          /** Whether it could be run before; absent where there was no file. */
          executable?: boolean;
        }[]
      >()
      .notNull()
      .default([]),
    /** The agent's receipt: files, checks, probe. */
    receipt: jsonb('receipt').$type<Record<string, unknown>>().notNull().default({}),
    durationMs: integer('duration_ms').notNull().default(0),
    /** Who waits for its receipt; null while it runs: nobody does any more. */
    replicaId: uuid('replica_id').references(() => replicas.id, { onDelete: 'set null' }),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_change_sets_replica').on(table.replicaId),
    index('idx_change_sets_workspace').on(table.workspaceId, table.createdAt),
    index('idx_change_sets_organization').on(table.organizationId),
    index('idx_change_sets_user').on(table.userId),
  ],
);

/** Log lines of a workspace; `seq` is the position within it. */
export const workspaceLogs = pgTable(
  'workspace_logs',
  {
    organizationId: ofOrganization(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    at: instant('at').notNull(),
    level: varchar('level', { length: 10, enum: ['debug', 'info', 'warn', 'error'] }).notNull(),
    source: varchar('source', { length: 50 }).notNull(),
    text: text('text').notNull(),
    correlationId: varchar('correlation_id', { length: 64 }),
    /** How much the workspace has logged so far, with this line: what is too much is found by it. */
    endsAtByte: bigint('ends_at_byte', { mode: 'number' }).notNull().default(0),
  },
  (table) => [
    uniqueIndex('workspace_logs_seq_key').on(table.workspaceId, table.seq),
    index('idx_workspace_logs_correlation')
      .on(table.organizationId, table.correlationId)
      .where(sql`${table.correlationId} is not null`),
    index('idx_workspace_logs_organization').on(table.organizationId, table.at),
  ],
);

/** What was given out last, also after old lines were removed. */
export const workspaceLogHeads = pgTable('workspace_log_heads', {
  workspaceId: uuid('workspace_id')
    .primaryKey()
    .references(() => workspaces.id, { onDelete: 'cascade' }),
  seq: bigint('seq', { mode: 'number' }).notNull(),
  bytes: bigint('bytes', { mode: 'number' }).notNull().default(0),
  /** Which lines of its agent are stored: all of this spool, up to this one. */
  spool: uuid('spool'),
  spoolSeq: bigint('spool_seq', { mode: 'number' }).notNull().default(0),
});
