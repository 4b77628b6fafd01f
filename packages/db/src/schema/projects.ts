import { boolean, index, integer, jsonb, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, idColumn, instant, sharing, updatedAt } from './columns.ts';
import { ofOrganization } from './organizations.ts';
import { users } from './users.ts';

export const projects = pgTable(
  'projects',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    name: varchar('name', { length: 255 }).notNull(),
    /** Globally unique, because it is a host name label. */
    slug: varchar('slug', { length: 63 }).notNull().unique(),
    description: text('description'),
    template: varchar('template', { length: 50 }).notNull().default('undecided'),
    /** Without credentials. */
    repositoryUrl: text('repository_url'),
    /** How much of it comes into workspaces (`CloneOptions`); what is missing has its default. */
    cloneOptions: jsonb('clone_options').$type<Record<string, unknown>>().notNull().default({}),
    gitlabProjectId: integer('gitlab_project_id'),
    gitlabRepoUrl: text('gitlab_repo_url'),
    previewUrl: text('preview_url'),
    /** Who may open the app, wherever it runs. */
    appSharing: sharing('app_sharing').notNull().default('organization'),
    /** Who finds it at all: everybody in the organization, or only whom it was given to. */
    access: varchar('access', { length: 20, enum: ['organization', 'restricted'] })
      .notNull()
      .default('organization'),
    /** Commits on the main branch are built as they come. */
    buildsOnPush: boolean('builds_on_push').notNull().default(false),
    status: varchar('status', {
      length: 50,
      enum: ['created', 'generating', 'building', 'ready', 'deployed', 'failed', 'archived'],
    })
      .notNull()
      .default('created'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('idx_projects_user').on(table.userId),
    index('idx_projects_organization').on(table.organizationId),
  ],
);

export const builds = pgTable(
  'builds',
  {
    id: idColumn(),
    organizationId: ofOrganization(),
    projectId: uuid('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    gitlabPipelineId: integer('gitlab_pipeline_id'),
    status: varchar('status', {
      length: 50,
      enum: ['pending', 'running', 'success', 'failed', 'canceled'],
    }).notNull(),
    stage: varchar('stage', { length: 50 }),
    commit: varchar('commit', { length: 64 }),
    logs: text('logs'),
    errorMessage: text('error_message'),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
    createdAt: createdAt(),
  },
  (table) => [
    index('idx_builds_project').on(table.projectId),
    index('idx_builds_status').on(table.status),
    index('idx_builds_organization').on(table.organizationId),
  ],
);

/**
 * Names of deleted projects, for ever and without a reference to what is gone: browsers keep what an app left at its
 * host, and run it there for whoever has the name next.
 */
export const leftNames = pgTable('left_names', {
  slug: varchar('slug', { length: 63 }).primaryKey(),
  organizationId: uuid('organization_id').notNull(),
});
