import * as z from 'zod';
import { IMPACT_EFFECTS } from '../domain/template-impact.ts';
import {
  ParameterValuesSchema,
  TemplateNameSchema,
  TemplateShapeSchema,
} from '../domain/template-shape.ts';
import { ACTUAL_STATES } from '../domain/workspace-state.ts';
import {
  HandleParamsSchema,
  IdSchema,
  NameSchema,
  PageQuerySchema,
  TimestampSchema,
  pageOf,
} from './common.ts';
import { RepositoryUrlSchema } from './repository-url.ts';
import { defineRoute } from './route.ts';
import { RelativePathSchema, WorkspaceSchema } from './workspaces.ts';

const MAX_FILES = 50;
const MAX_FILE_CHARACTERS = 256 * 1024;
/** How many workspaces one call looks at or updates. */
const MAX_WORKSPACES = 500;

const VersionNumberSchema = z.coerce.number().int().min(1).max(1_000_000);

export const TemplateSchema = z.object({
  id: IdSchema,
  name: TemplateNameSchema,
  displayName: z.string(),
  icon: z.string(),
  description: z.string(),
  /** Why it should not be used any more; null: people may make workspaces of it. */
  deprecation: z.string().nullable(),
  /** What new workspaces are made of; null: no version was promoted yet. */
  activeVersion: z.number().int().nullable(),
  latestVersion: z.number().int(),
  /** It came with spt-flow, and gets new versions with it. */
  isBuiltIn: z.boolean(),
  workspaceCount: z.number().int(),
  /** Of them, those that another version than the active one made. */
  outdatedCount: z.number().int(),
  updatedAt: TimestampSchema,
});
export type Template = z.infer<typeof TemplateSchema>;

export const TemplateSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('built-in') }),
  z.object({ kind: z.literal('files') }),
  z.object({
    kind: z.literal('git'),
    url: z.string(),
    path: z.string().nullable(),
    commit: z.string(),
  }),
]);
export type TemplateSource = z.infer<typeof TemplateSourceSchema>;

export const TemplateVersionSchema = z.object({
  number: z.number().int(),
  message: z.string(),
  source: TemplateSourceSchema,
  createdByName: NameSchema.nullable(),
  createdAt: TimestampSchema,
  archivedAt: TimestampSchema.nullable(),
});
export type TemplateVersion = z.infer<typeof TemplateVersionSchema>;

export const TemplateVersionDetailsSchema = TemplateVersionSchema.extend({
  definition: TemplateShapeSchema,
  /** Markdown, of whoever made the template. */
  readme: z.string(),
});
export type TemplateVersionDetails = z.infer<typeof TemplateVersionDetailsSchema>;

export const PushTemplateSchema = z.object({
  source: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('files'),
      files: z
        .array(z.object({ path: RelativePathSchema, text: z.string().max(MAX_FILE_CHARACTERS) }))
        .min(1)
        .max(MAX_FILES),
    }),
    z.object({
      kind: z.literal('git'),
      url: RepositoryUrlSchema,
      /** Directory of the template in the repository; absent: its root. */
      path: RelativePathSchema.optional(),
    }),
  ]),
  message: z.string().trim().max(500).default(''),
  /** Make new workspaces of it at once. The first version is promoted anyhow. */
  promote: z.boolean().default(false),
});

export const ParameterProblemSchema = z.object({
  parameter: z.string(),
  reason: z.enum(['unknown', 'missing', 'invalid', 'immutable']),
  message: z.string(),
});

export const WorkspaceImpactSchema = z.object({
  workspaceId: IdSchema,
  name: NameSchema,
  ownerName: NameSchema,
  actualState: z.enum(ACTUAL_STATES),
  fromVersion: z.number().int(),
  changes: z.array(
    z.object({
      setting: z.string(),
      before: z.string().nullable(),
      after: z.string().nullable(),
    }),
  ),
  problems: z.array(ParameterProblemSchema),
  /** `recreate`: it can't be updated, only be made anew, and loses what is not committed. */
  effect: z.enum(IMPACT_EFFECTS),
  isDataKept: z.boolean(),
  /** What a policy says against it. */
  refusal: z.string().nullable(),
  canUpdate: z.boolean(),
});
export type WorkspaceImpact = z.infer<typeof WorkspaceImpactSchema>;

const UpdateSchema = z.object({
  /** The active one unless told. */
  version: z.number().int().min(1).optional(),
  /** Names or ids. */
  workspaces: z.array(z.string().min(1).max(255)).min(1).max(MAX_WORKSPACES),
  values: ParameterValuesSchema.default({}),
});

export const templateRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/templates',
    access: 'read',
    summary: 'List templates',
    query: PageQuerySchema,
    response: pageOf(TemplateSchema),
  }),
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/templates/:handle',
    access: 'read',
    summary: 'One template, by name or id, with its active version',
    params: HandleParamsSchema,
    response: z.object({
      template: TemplateSchema,
      active: TemplateVersionDetailsSchema.nullable(),
    }),
  }),
  push: defineRoute({
    method: 'POST',
    path: '/api/v1/templates',
    access: 'admin',
    status: 201,
    summary: 'Add a version to the template that the files name, or make the template',
    body: PushTemplateSchema,
    takesFiles: true,
    response: z.object({ template: TemplateSchema, version: TemplateVersionSchema }),
  }),
  versions: defineRoute({
    method: 'GET',
    path: '/api/v1/templates/:handle/versions',
    access: 'read',
    summary: 'Versions of a template, newest first',
    params: HandleParamsSchema,
    query: PageQuerySchema,
    response: pageOf(TemplateVersionSchema),
  }),
  version: defineRoute({
    method: 'GET',
    path: '/api/v1/templates/:handle/versions/:number',
    access: 'read',
    summary: 'One version of a template',
    params: HandleParamsSchema.extend({ number: VersionNumberSchema }),
    response: TemplateVersionDetailsSchema,
  }),
  archive: defineRoute({
    method: 'PATCH',
    path: '/api/v1/templates/:handle/versions/:number',
    access: 'admin',
    summary: 'Archive a version, so that nobody begins to use it, or take it back',
    params: HandleParamsSchema.extend({ number: VersionNumberSchema }),
    body: z.object({ archived: z.boolean() }),
    response: TemplateVersionSchema,
  }),
  update: defineRoute({
    method: 'PATCH',
    path: '/api/v1/templates/:handle',
    access: 'admin',
    summary: 'Promote a version, or deprecate a template and take it back',
    params: HandleParamsSchema,
    body: z.object({
      activeVersion: VersionNumberSchema.optional(),
      deprecation: z.string().trim().min(1).max(500).nullable().optional(),
    }),
    response: TemplateSchema,
  }),
  remove: defineRoute({
    method: 'DELETE',
    path: '/api/v1/templates/:handle',
    access: 'admin',
    summary: 'Delete a template of which no workspace is made',
    params: HandleParamsSchema,
    response: TemplateSchema,
  }),
  impact: defineRoute({
    method: 'POST',
    path: '/api/v1/templates/:handle/impact',
    unaudited: 'only shows what would change',
    access: 'read',
    summary: 'What an update would do to each workspace of a template; nothing is changed',
    params: HandleParamsSchema,
    body: UpdateSchema.partial(),
    response: z.object({
      version: z.number().int(),
      items: z.array(WorkspaceImpactSchema),
      /** There are more workspaces than one call looks at. */
      truncated: z.boolean(),
    }),
  }),
  updateWorkspaces: defineRoute({
    method: 'POST',
    path: '/api/v1/templates/:handle/updates',
    access: 'write',
    names: { workspaces: 'workspaces' },
    summary: 'Update workspaces to a version of their template, from their next start on',
    params: HandleParamsSchema,
    body: UpdateSchema,
    response: z.object({
      version: z.number().int(),
      updated: z.array(WorkspaceSchema),
      /** As they stand in the way, untouched. */
      refused: z.array(WorkspaceImpactSchema),
    }),
  }),
  rollbackImpact: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/rollback',
    access: 'read',
    summary: 'What going back to before the last update would do; nothing is changed',
    params: HandleParamsSchema,
    response: z.object({ version: z.number().int(), impact: WorkspaceImpactSchema }),
  }),
  rollback: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/rollback',
    access: 'write',
    summary: 'Go back to what the last update of a workspace replaced, from its next start on',
    params: HandleParamsSchema,
    response: WorkspaceSchema,
  }),
};
