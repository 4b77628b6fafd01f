import * as z from 'zod';
import { CloneOptionsSchema } from '../domain/clone-options.ts';
import { SLUG_PATTERN } from '../domain/slug.ts';
import { CHOOSABLE_PLACES } from '../domain/places.ts';
import { ISOLATION_PROFILES, WORKSPACE_SIZES } from '../domain/workspace-settings.ts';
import {
  HandleParamsSchema,
  IdSchema,
  NameSchema,
  NewNameSchema,
  pageOf,
  PageQuerySchema,
  TimestampSchema,
} from './common.ts';
import { RepositoryUrlSchema } from './repository-url.ts';
import { defineRoute } from './route.ts';
import { TemplateChoiceSchema } from './template-choice.ts';
import { WorkspaceSchema } from './workspaces.ts';

export const PROJECT_STATUSES = [
  'created',
  'generating',
  'building',
  'ready',
  'deployed',
  'failed',
  'archived',
] as const;
export const BUILD_STATUSES = ['pending', 'running', 'success', 'failed', 'canceled'] as const;

export const SlugSchema = z.string().regex(SLUG_PATTERN);
export const ProjectSchema = z.object({
  id: IdSchema,
  name: NameSchema,
  slug: SlugSchema,
  description: z.string().nullable(),
  /** Kind of app, e.g. `node-web`; `repository` for a cloned one; `undecided` before the first turn. */
  template: z.string().max(50),
  status: z.enum(PROJECT_STATUSES),
  /** Where the app answers while its workspace runs. */
  previewUrl: z.url(),
  repositoryUrl: z.string().nullable(),
  workspace: WorkspaceSchema.nullable(),
  createdAt: TimestampSchema,
  updatedAt: TimestampSchema,
});
export type Project = z.infer<typeof ProjectSchema>;

export const BuildSchema = z.object({
  id: IdSchema,
  status: z.enum(BUILD_STATUSES),
  stage: z.string().max(50).nullable(),
  commit: z.string().nullable(),
  /** What its checks said. */
  logs: z.string().nullable(),
  errorMessage: z.string().nullable(),
  startedAt: TimestampSchema.nullable(),
  finishedAt: TimestampSchema.nullable(),
  createdAt: TimestampSchema,
});
export type Build = z.infer<typeof BuildSchema>;

export const CreateProjectSchema = z.object({
  name: NewNameSchema,
  description: z.string().trim().max(2000).optional(),
  /** Clone this repository into the workspace; without it the project starts empty. */
  repositoryUrl: RepositoryUrlSchema.optional(),
  /** How much of it is cloned. */
  clone: CloneOptionsSchema.optional(),
  /** Make the workspace of this; without it as the control plane makes them. */
  template: TemplateChoiceSchema.optional(),
  /** Of a workspace without a template; with one, its parameters decide. */
  settings: z
    .strictObject({
      size: z.enum(WORKSPACE_SIZES).optional(),
      isolation: z.enum(ISOLATION_PROFILES).optional(),
    })
    .optional(),
  /** Where its workspace runs, unless the template says it; without it where the control plane runs them. */
  provider: z.enum(CHOOSABLE_PLACES).optional(),
  /** A server that hosts workspaces, by name or id: it runs in a container there. */
  server: z.string().min(1).max(255).optional(),
  /** Only say what would be done. */
  dryRun: z.boolean().default(false),
});

export const PlanSchema = z.object({ steps: z.array(z.string()) });

export const projectRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/projects',
    access: 'read',
    summary: 'List projects',
    query: PageQuerySchema.extend({ search: z.string().max(255).optional() }),
    response: pageOf(ProjectSchema),
  }),
  create: defineRoute({
    method: 'POST',
    path: '/api/v1/projects',
    access: 'write',
    names: { server: 'servers' },
    status: 201,
    summary: 'Create a project with its workspace, and start it',
    body: CreateProjectSchema,
    response: z.object({ project: ProjectSchema.nullable(), plan: PlanSchema }),
  }),
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle',
    access: 'read',
    summary: 'One project, by id or slug',
    params: HandleParamsSchema,
    response: ProjectSchema,
  }),
  status: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/status',
    access: 'read',
    summary: 'Current status of a project',
    params: HandleParamsSchema,
    response: z.object({
      status: z.enum(PROJECT_STATUSES),
      workspaceState: z.string().nullable(),
      agentOnline: z.boolean(),
      previewUrl: z.url(),
    }),
  }),
  update: defineRoute({
    method: 'PATCH',
    path: '/api/v1/projects/:handle',
    access: 'write',
    level: 'manage',
    summary: 'Rename or describe a project',
    params: HandleParamsSchema,
    body: z.object({
      name: NewNameSchema.optional(),
      description: z.string().trim().max(2000).nullable().optional(),
    }),
    response: ProjectSchema,
    auditedFirst: true,
  }),
  remove: defineRoute({
    method: 'DELETE',
    path: '/api/v1/projects/:handle',
    access: 'write',
    level: 'manage',
    status: 202,
    summary: 'Delete a project with its workspace, conversation and code',
    params: HandleParamsSchema,
    body: z.object({ confirmName: z.string() }),
    response: ProjectSchema,
  }),
  builds: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/builds',
    access: 'read',
    summary: 'Build history, newest first',
    params: HandleParamsSchema,
    query: PageQuerySchema,
    response: pageOf(BuildSchema),
  }),
  deployStatus: defineRoute({
    method: 'GET',
    path: '/api/v1/deploy-status',
    access: 'read',
    names: { project: 'projects' },
    summary: 'State of every app that is deployed as a preview, or of that of one project',
    query: z.object({
      /** Name or id. */
      project: z.string().min(1).max(255).optional(),
    }),
    response: z.object({
      items: z.array(
        z.object({
          projectId: IdSchema,
          slug: SlugSchema,
          status: z.enum(PROJECT_STATUSES),
          commit: z.string().nullable(),
          previewUrl: z.url(),
          answering: z.boolean(),
        }),
      ),
    }),
  }),
};
