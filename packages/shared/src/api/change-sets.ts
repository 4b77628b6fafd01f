import * as z from 'zod';
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

const Sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
/** Hash the file must have now; null: it must not exist; absent: whatever it is. */
const before = { before: Sha256Schema.nullable().optional() };
const written = {
  path: RelativePathSchema,
  /** Whether it may be run; absent: as before, and not when it is new. */
  executable: z.boolean().optional(),
  ...before,
};

export const EditSchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('write'), text: z.string().max(1_000_000), ...written }),
  /** Bytes that are no text: undone by git, since only texts are kept. */
  z.object({
    action: z.literal('write-binary'),
    base64: z.base64().max(4_000_000),
    ...written,
  }),
  z.object({ action: z.literal('delete'), path: RelativePathSchema, ...before }),
]);
export type Edit = z.infer<typeof EditSchema>;

const change = {
  edits: z.array(EditSchema).min(1).max(10_000).optional(),
  /** A unified diff, as `git diff` writes it: texts only. */
  patch: z.string().min(1).max(4_000_000).optional(),
};

function isOneOf({ edits, patch }: { edits?: unknown; patch?: unknown }): boolean {
  return (edits === undefined) !== (patch === undefined);
}
const ONE_OF = 'give either edits or a patch';

export const CheckSchema = z.object({
  name: z.string(),
  ok: z.boolean(),
  detail: z.string(),
  durationMs: z.number(),
});

export const ChangedFileSchema = z.object({
  path: z.string(),
  change: z.enum(['created', 'updated', 'deleted']),
  added: z.number(),
  removed: z.number(),
});
export type ChangedFile = z.infer<typeof ChangedFileSchema>;

/** The receipt of a change set: what changed, which checks ran, and what the probe saw. */
export const ChangeSetSchema = z.object({
  id: IdSchema,
  workspaceId: IdSchema,
  summary: z.string(),
  /** Name of the person in whose name it was made; null: nobody's. */
  author: z.string().nullable(),
  outcome: z.enum(CHANGE_SET_OUTCOMES),
  /** In plain words: why it is not `committed`, or what is wrong although it is. */
  reason: z.string().nullable(),
  commit: z.string().nullable(),
  files: z.array(ChangedFileSchema),
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
    body: z
      .object({ summary: z.string().trim().min(1).max(500), ...change })
      .refine(isOneOf, ONE_OF),
    takesFiles: true,
    response: ChangeSetSchema,
  }),
  preview: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/change-sets/preview',
    unaudited: 'only shows what would change',
    access: 'write',
    summary: 'What edits or a patch would change; nothing is changed',
    params: HandleParamsSchema,
    body: z.object(change).refine(isOneOf, ONE_OF),
    takesFiles: true,
    response: z.object({ files: z.array(ChangedFileSchema) }),
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
