import { z } from 'zod';
import {
  HandleParamsSchema,
  IdParamsSchema,
  IdSchema,
  PageQuerySchema,
  TimestampSchema,
  pageOf,
} from './common.ts';
import { defineRoute } from './route.ts';
import { RelativePathSchema } from './workspaces.ts';

export const CHANGE_SET_OUTCOMES = ['committed', 'rolled_back', 'rejected'] as const;

export const EditSchema = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('write'),
    path: RelativePathSchema,
    text: z.string().max(1_000_000),
  }),
  z.object({ action: z.literal('delete'), path: RelativePathSchema }),
]);
export type Edit = z.infer<typeof EditSchema>;

export const CheckSchema = z.object({
  name: z.string(),
  ok: z.boolean(),
  detail: z.string(),
  durationMs: z.number(),
});

/** The receipt of a change set: what changed, which checks ran, and what the probe saw. */
export const ChangeSetSchema = z.object({
  id: IdSchema,
  workspaceId: IdSchema,
  summary: z.string(),
  outcome: z.enum(CHANGE_SET_OUTCOMES),
  /** In plain words: why it is not `committed`, or what is wrong although it is. */
  reason: z.string().nullable(),
  commit: z.string().nullable(),
  files: z.array(
    z.object({
      path: z.string(),
      change: z.enum(['created', 'updated', 'deleted']),
      added: z.number(),
      removed: z.number(),
    }),
  ),
  checks: z.array(CheckSchema),
  probe: z
    .object({
      url: z.string(),
      status: z.number().nullable(),
      durationMs: z.number(),
      error: z.string().nullable(),
    })
    .nullable(),
  durationMs: z.number(),
  createdAt: TimestampSchema,
});
export type ChangeSet = z.infer<typeof ChangeSetSchema>;

export const changeSetRoutes = {
  apply: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/change-sets',
    access: 'write',
    status: 201,
    summary: 'Apply edits as one transaction: checked, probed, rolled back when they fail',
    params: HandleParamsSchema,
    body: z.object({
      summary: z.string().trim().min(1).max(500),
      edits: z.array(EditSchema).min(1).max(500),
    }),
    response: ChangeSetSchema,
  }),
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/change-sets',
    access: 'read',
    summary: 'Receipts, newest first',
    params: HandleParamsSchema,
    query: PageQuerySchema,
    response: pageOf(ChangeSetSchema),
  }),
  diff: defineRoute({
    method: 'GET',
    path: '/api/v1/change-sets/:id/diff',
    access: 'read',
    summary: 'Contents before and after, by file',
    params: IdParamsSchema,
    response: z.object({
      files: z.array(
        z.object({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
      ),
    }),
  }),
  undo: defineRoute({
    method: 'POST',
    path: '/api/v1/change-sets/:id/undo',
    access: 'write',
    status: 201,
    summary: 'Apply the reverse of a change set as a new one',
    params: IdParamsSchema,
    response: ChangeSetSchema,
  }),
};
