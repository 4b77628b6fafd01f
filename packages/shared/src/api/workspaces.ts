import * as z from 'zod';
import { DenialSchema } from '../domain/policy.ts';
import { ACTUAL_STATES, DESIRED_STATES, TRANSITION_KINDS } from '../domain/workspace-state.ts';
import {
  HandleParamsSchema,
  IdSchema,
  NameSchema,
  PageQuerySchema,
  TimestampSchema,
  pageOf,
} from './common.ts';
import { MoneySchema } from './costs.ts';
import { defineRoute } from './route.ts';

export const PROVIDERS = ['local', 'docker', 'kubernetes', 'coder', 'server'] as const;

/** What a workspace is made of, and whether there is something newer. */
export const WorkspaceTemplateSchema = z.object({
  name: z.string(),
  displayName: z.string(),
  icon: z.string(),
  version: z.number().int(),
  /** Null: none is promoted. */
  activeVersion: z.number().int().nullable(),
  deprecation: z.string().nullable(),
  /** The oldest CLI that fits. */
  minCliVersion: z.string().nullable(),
  /** The version that a rollback goes to; null: it was not updated. */
  versionBefore: z.number().int().nullable(),
});
export type WorkspaceTemplate = z.infer<typeof WorkspaceTemplateSchema>;

export const WorkspaceSchema = z.object({
  id: IdSchema,
  projectId: IdSchema,
  name: NameSchema,
  provider: z.enum(PROVIDERS),
  /** The server in whose container engine it runs; null: it runs elsewhere. */
  host: z.object({ id: IdSchema, name: NameSchema }).nullable(),
  desiredState: z.enum(DESIRED_STATES),
  actualState: z.enum(ACTUAL_STATES),
  /** Since when the actual state holds. */
  stateSince: TimestampSchema,
  /** Why it failed, in plain words. */
  failure: z.string().nullable(),
  agent: z.object({
    online: z.boolean(),
    lastSeenAt: TimestampSchema.nullable(),
    version: z.string().nullable(),
    rssBytes: z.number().nullable(),
    /** Where it connects from, as the control plane sees it. */
    address: z.string().nullable(),
    /** Another machine with its identity waits for a person's decision. */
    quarantined: z.boolean(),
  }),
  ownerId: IdSchema,
  ownerName: z.string(),
  /** While it runs; null: it has no price. */
  costPerHour: MoneySchema.nullable(),
  /** It is about to be stopped unless somebody uses it or asks to keep it. */
  stopWarning: z.object({ at: TimestampSchema, reason: z.string() }).nullable(),
  /** Nobody used it for long: only a person starts it, and it may be deleted; null: it is not. */
  dormancy: z.object({ since: TimestampSchema, deletesAt: TimestampSchema.nullable() }).nullable(),
  /** What it took when that was measured last, and what its size permits; null: it is not limited, or not measured. */
  disk: z.object({ usedBytes: z.number(), limitBytes: z.number() }).nullable(),
  /** What the owner should know about isolation, e.g. that bubblewrap is missing. */
  warnings: z.array(z.string()),
  template: WorkspaceTemplateSchema.nullable(),
  createdAt: TimestampSchema,
});
export type Workspace = z.infer<typeof WorkspaceSchema>;

export const TransitionStepSchema = z.object({
  name: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  startedAt: TimestampSchema,
  durationMs: z.number().nullable(),
  detail: z.string().nullable(),
});
export const TransitionSchema = z.object({
  id: IdSchema,
  kind: z.enum(TRANSITION_KINDS),
  state: z.enum(['running', 'done', 'failed']),
  reason: z.string(),
  steps: z.array(TransitionStepSchema),
  failure: z.string().nullable(),
  startedAt: TimestampSchema,
  finishedAt: TimestampSchema.nullable(),
});
export type Transition = z.infer<typeof TransitionSchema>;

/** RelativePathSchema: forward slashes, relative, no `.`/`..` segments; the agent checks again on the real file system. */
export const RelativePathSchema = z
  .string()
  .min(1)
  .max(1024)
  .refine(
    (path) =>
      !/[\0\\]/.test(path) &&
      path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'must be a relative path inside the project',
  );

export const FileEntrySchema = z.object({
  path: z.string(),
  kind: z.enum(['file', 'directory', 'link']),
  size: z.number(),
  /** Of files, where hashes were asked for. */
  sha256: z.string().optional(),
  executable: z.boolean().optional(),
});
export const FileContentSchema = z.object({
  path: z.string(),
  size: z.number(),
  /** null for binary files. */
  text: z.string().nullable(),
  sha256: z.string(),
});
export const ExecResultSchema = z.object({
  exitCode: z.number().int(),
  stdout: z.string(),
  stderr: z.string(),
  /** True when output was cut to the limit. */
  truncated: z.boolean(),
});

export const WorkspaceVerdictSchema = z.object({
  permitted: z.boolean(),
  denials: z.array(DenialSchema),
});
export type WorkspaceVerdict = z.infer<typeof WorkspaceVerdictSchema>;

export const workspaceRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces',
    access: 'read',
    summary: 'List workspaces',
    query: PageQuerySchema,
    response: pageOf(WorkspaceSchema),
  }),
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle',
    access: 'read',
    summary: 'One workspace, by id or name',
    params: HandleParamsSchema,
    response: WorkspaceSchema,
  }),
  start: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/start',
    access: 'write',
    status: 202,
    summary: 'Ask for the workspace to run',
    params: HandleParamsSchema,
    response: WorkspaceSchema,
  }),
  stop: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/stop',
    access: 'write',
    status: 202,
    summary: 'Ask for the workspace to stop; files are kept',
    params: HandleParamsSchema,
    response: WorkspaceSchema,
  }),
  remove: defineRoute({
    method: 'DELETE',
    path: '/api/v1/workspaces/:handle',
    access: 'write',
    level: 'manage',
    status: 202,
    summary: 'Delete the workspace and its files; the committed code stays',
    params: HandleParamsSchema,
    response: WorkspaceSchema,
  }),
  cancel: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/cancel',
    access: 'write',
    status: 202,
    summary: 'Cancel the start or the stop that is under way, and bring back what was before it',
    params: HandleParamsSchema,
    response: WorkspaceSchema,
  }),
  forceDelete: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/force-delete',
    access: 'write',
    level: 'manage',
    summary:
      'Delete the workspace even when its machine does not answer; what is left is removed later',
    params: HandleParamsSchema,
    response: z.object({ workspace: WorkspaceSchema, leftovers: z.array(z.string()) }),
  }),
  policy: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/policy',
    access: 'read',
    summary: 'What the policy would say of a start now; nothing is started',
    params: HandleParamsSchema,
    response: WorkspaceVerdictSchema,
  }),
  timeline: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/transitions',
    access: 'read',
    summary: 'Transitions with their steps, newest first',
    params: HandleParamsSchema,
    query: PageQuerySchema,
    response: pageOf(TransitionSchema),
  }),
  files: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/files',
    access: 'read',
    summary: 'File tree, without what git ignores',
    params: HandleParamsSchema,
    query: z.object({ hashes: z.stringbool().default(false) }),
    response: z.object({ items: z.array(FileEntrySchema), truncated: z.boolean() }),
  }),
  file: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/file',
    access: 'read',
    summary: 'One file',
    params: HandleParamsSchema,
    query: z.object({ path: RelativePathSchema }),
    response: FileContentSchema,
  }),
  exec: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/exec',
    access: 'write',
    summary: 'Run a command and wait for its end',
    params: HandleParamsSchema,
    body: z.object({
      command: z.string().min(1).max(32_768),
      timeoutSeconds: z.number().int().min(1).max(600).default(60),
    }),
    response: ExecResultSchema,
  }),
};
