import * as z from 'zod';
import { HandleParamsSchema, IdSchema, TimestampSchema } from './common.ts';
import { defineRoute } from './route.ts';

export const FORGE_CONNECTION_STATES = ['embedded', 'connecting', 'connected', 'failing'] as const;
/** `none`: only here. `waiting`: something is to be carried. `failing`: it is tried again. `diverged`: somebody has to merge. */
export const FORGE_LINK_STATES = ['none', 'waiting', 'synced', 'failing', 'diverged'] as const;

/** ForgeStatusSchema is where the code of projects is kept besides here, and how that goes. */
export const ForgeStatusSchema = z.object({
  kind: z.enum(['embedded', 'gitlab']),
  state: z.enum(FORGE_CONNECTION_STATES),
  /** Where people open it. */
  url: z.string().nullable(),
  version: z.string().nullable(),
  scopes: z.array(z.string()),
  /** Day on which its token ends. */
  tokenExpiresOn: z.string().nullable(),
  /** What is wrong, and what to do about it. */
  problem: z.string().nullable(),
  lastHookAt: TimestampSchema.nullable(),
  /** Projects of the organization by state. */
  projects: z.object({
    synced: z.number().int(),
    waiting: z.number().int(),
    failing: z.number().int(),
    diverged: z.number().int(),
  }),
});
export type ForgeStatus = z.infer<typeof ForgeStatusSchema>;

export const ForgeLinkSchema = z.object({
  kind: z.enum(['embedded', 'gitlab']),
  state: z.enum(FORGE_LINK_STATES),
  /** The project's page there. */
  url: z.string().nullable(),
  /** What git clones. */
  cloneUrl: z.string().nullable(),
  /** What is wrong, and what to do about it. */
  detail: z.string().nullable(),
  /** Branches that were changed here and there. */
  diverged: z.array(z.string()),
  /** Pushes and pipelines there are told of; false: they are asked for every few minutes. */
  isTold: z.boolean(),
  syncedAt: TimestampSchema.nullable(),
  /** When it is tried the next time. */
  dueAt: TimestampSchema.nullable(),
});
export type ForgeLink = z.infer<typeof ForgeLinkSchema>;

const BranchSchema = z
  .string()
  .max(255)
  .regex(/^(?![-/.])(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)|[/.]$))[\w./@+-]+$/, 'must be a branch');

/** ForgeFileSchema is a file as it is to be; content null: it is removed. */
export const ForgeFileSchema = z.strictObject({
  path: z
    .string()
    .min(1)
    .max(1024)
    .regex(
      /^(?!\/)(?!.*(?:^|\/)(?:\.{0,2}|\.git)(?:\/|$))[^\x00-\x1f\\]+$/i,
      'must be a path inside the repository',
    ),
  content: z.string().max(1_000_000).nullable(),
});

/** forgeHookPath is where GitLab tells of a project. */
export function forgeHookPath(projectId: string): string {
  return `/api/v1/forge/hooks/${projectId}`;
}

export const forgeRoutes = {
  status: defineRoute({
    method: 'GET',
    path: '/api/v1/forge',
    access: 'read',
    summary: 'The forge that projects are kept in besides here, and how far it is',
    response: ForgeStatusSchema,
  }),
  link: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/forge',
    access: 'read',
    summary: 'Where a project is in the forge, and what is to be carried',
    params: HandleParamsSchema,
    response: ForgeLinkSchema,
  }),
  sync: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/forge/sync',
    access: 'write',
    status: 202,
    summary: 'Carry what is missing now, and put a project into the forge that is not there',
    params: HandleParamsSchema,
    response: ForgeLinkSchema,
  }),
  commit: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/forge/commits',
    access: 'write',
    status: 201,
    summary: 'Commit files to the repository of a project, all or none, without its workspace',
    params: HandleParamsSchema,
    body: z.strictObject({
      branch: BranchSchema.default('main'),
      message: z.string().trim().min(1).max(2000),
      files: z.array(ForgeFileSchema).min(1).max(100),
    }),
    takesFiles: true,
    response: z.object({ commit: z.string() }),
  }),
  startPipeline: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/forge/pipelines',
    access: 'write',
    status: 201,
    summary:
      'Start a pipeline of the forge for a branch; how it goes is told like that of every build',
    params: HandleParamsSchema,
    body: z.strictObject({ branch: BranchSchema.default('main') }),
    response: z.object({ pipelineId: IdSchema, url: z.string() }),
  }),
};
