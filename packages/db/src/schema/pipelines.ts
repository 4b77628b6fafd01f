import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { bytes, createdAt, idColumn, instant } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { projects } from './projects.ts';
import { replicas } from './replicas.ts';
import { users } from './users.ts';

function status() {
  return varchar('status', {
    length: 20,
    enum: ['queued', 'running', 'succeeded', 'failed', 'canceled', 'skipped'],
  }).notNull();
}

/** How much there is of what was printed. */
function logCoverage() {
  return varchar('log_coverage', {
    length: 20,
    enum: ['none', 'running', 'whole', 'cut', 'removed'],
  })
    .notNull()
    .default('none');
}

/** Builds of projects, by the control plane or by a forge. INVARIANT: a finished status never changes. */
export const pipelines = pgTable(
  'pipelines',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    projectId: uuid('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** Within the project, from 1. */
    number: integer('number').notNull(),
    source: varchar('source', { length: 20, enum: ['embedded', 'gitlab'] }).notNull(),
    /** What the forge calls it. */
    externalId: varchar('external_id', { length: 64 }),
    externalUrl: text('external_url'),
    trigger: varchar('trigger', {
      length: 20,
      enum: ['push', 'publish', 'person', 'retry', 'forge'],
    }).notNull(),
    /** Null: nobody known here. */
    requestedBy: uuid('requested_by').references(() => users.id, { onDelete: 'set null' }),
    ref: varchar('ref', { length: 255 }).notNull(),
    commit: varchar('commit', { length: 64 }).notNull(),
    /** The first line of the commit's message. */
    title: varchar('title', { length: 255 }),
    status: status(),
    stage: varchar('stage', { length: 63 }),
    errorMessage: text('error_message'),
    /** When somebody asked for its end. */
    cancelRequestedAt: instant('cancel_requested_at'),
    /** Who runs it; null while it runs: whoever did is gone. */
    replicaId: uuid('replica_id').references(() => replicas.id, { onDelete: 'set null' }),
    /** When what is stored was so, by the clock of who told of it. */
    observedAt: instant('observed_at').notNull(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('pipelines_number_key').on(table.projectId, table.number),
    uniqueIndex('pipelines_external_key').on(table.projectId, table.source, table.externalId),
    index('idx_pipelines_organization').on(table.organizationId),
    index('idx_pipelines_requester').on(table.requestedBy),
    index('idx_pipelines_replica').on(table.replicaId),
    index('idx_pipelines_open')
      .on(table.status, table.createdAt)
      .where(sql`${table.status} in ('queued', 'running')`),
  ],
);

export const pipelineJobs = pgTable(
  'pipeline_jobs',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    pipelineId: uuid('pipeline_id')
      .notNull()
      .references(() => pipelines.id, { onDelete: 'cascade' }),
    externalId: varchar('external_id', { length: 64 }),
    name: varchar('name', { length: 255 }).notNull(),
    stage: varchar('stage', { length: 63 }).notNull(),
    /** In which order they are shown and run. */
    position: integer('position').notNull(),
    status: status(),
    /** Its failure does not fail the build. */
    mayFail: boolean('may_fail').notNull().default(false),
    exitCode: integer('exit_code'),
    errorMessage: text('error_message'),
    /** The workspace of the system that it runs in. */
    machineId: uuid('machine_id'),
    logCoverage: logCoverage(),
    logBytes: integer('log_bytes').notNull().default(0),
    /** Of the archive of its artifacts; null: there is none. */
    artifactBytes: bigint('artifact_bytes', { mode: 'number' }),
    artifactsExpireAt: instant('artifacts_expire_at'),
    observedAt: instant('observed_at').notNull(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
  },
  (table) => [
    uniqueIndex('pipeline_jobs_position_key').on(table.pipelineId, table.position),
    index('idx_pipeline_jobs_organization').on(table.organizationId),
    index('idx_pipeline_jobs_machine')
      .on(table.machineId)
      .where(sql`${table.machineId} is not null`),
    index('idx_pipeline_jobs_expiry')
      .on(table.artifactsExpireAt)
      .where(sql`${table.artifactsExpireAt} is not null`),
  ],
);

/** What jobs printed, in pieces that are only added; the sequence is the cursor of who follows the build. */
export const pipelineLogs = pgTable(
  'pipeline_logs',
  {
    pipelineId: uuid('pipeline_id')
      .notNull()
      .references(() => pipelines.id, { onDelete: 'cascade' }),
    sequence: integer('sequence').notNull(),
    jobId: uuid('job_id')
      .notNull()
      .references(() => pipelineJobs.id, { onDelete: 'cascade' }),
    text: text('text').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.pipelineId, table.sequence] }),
    index('idx_pipeline_logs_job').on(table.jobId),
  ],
);

/** The archive of a job's artifacts, in pieces. */
export const pipelineArtifacts = pgTable(
  'pipeline_artifacts',
  {
    jobId: uuid('job_id')
      .notNull()
      .references(() => pipelineJobs.id, { onDelete: 'cascade' }),
    sequence: integer('sequence').notNull(),
    piece: bytes('piece').notNull(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.sequence] })],
);
