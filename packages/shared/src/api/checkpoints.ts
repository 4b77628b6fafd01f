import * as z from 'zod';
import { ChangeSetSchema } from './change-sets.ts';
import {
  EmptySchema,
  HandleParamsSchema,
  IdParamsSchema,
  IdSchema,
  newName,
  TimestampSchema,
} from './common.ts';
import { MessageSchema, SentContentSchema } from './conversations.ts';
import { defineRoute } from './route.ts';

const CheckpointSchema = z.object({
  id: IdSchema,
  projectId: IdSchema,
  name: z.string(),
  /** True when what the app had stored can be brought back too. */
  hasData: z.boolean(),
  createdAt: TimestampSchema,
});
export type Checkpoint = z.infer<typeof CheckpointSchema>;

/**
 * A point in the history of an app: the id of a checkpoint, or of a message for just before it was worked on. Of a
 * version of a message that is not shown it is the end of what followed it.
 */
const PointSchema = IdSchema;

const ComparisonSchema = z.object({
  /** What was changed between both points, newest first. */
  changes: z.array(z.object({ id: IdSchema, summary: z.string(), createdAt: TimestampSchema })),
  /** What the changes did together, by file. */
  files: z.array(
    z.object({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
  ),
  /** Files whose contents were not kept, because they are large or no text. */
  unkept: z.array(z.string()),
  hasData: z.boolean(),
});
export type Comparison = z.infer<typeof ComparisonSchema>;

/** Also where files were changed by others than spt-flow since. */
const OverwriteSchema = z.boolean().default(false);

export const checkpointRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/checkpoints',
    access: 'read',
    summary: 'Checkpoints of a project, newest first',
    params: HandleParamsSchema,
    response: z.object({ items: z.array(CheckpointSchema) }),
  }),
  create: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/checkpoints',
    access: 'write',
    status: 201,
    summary: 'Give the present state of an app a name; with its data, a snapshot is made',
    params: HandleParamsSchema,
    body: z.strictObject({
      name: newName(80),
      withData: z.boolean().default(false),
    }),
    response: CheckpointSchema,
  }),
  remove: defineRoute({
    method: 'DELETE',
    path: '/api/v1/checkpoints/:id',
    access: 'write',
    summary: 'Forget a checkpoint; a snapshot that belongs to it stays',
    params: IdParamsSchema,
    response: CheckpointSchema,
  }),
  compare: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/comparison',
    access: 'read',
    summary: 'What was changed between two points, or since one: what going back would lose',
    params: HandleParamsSchema,
    query: z.object({ from: PointSchema, to: PointSchema.optional() }),
    response: ComparisonSchema,
  }),
  goBack: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/go-back',
    access: 'write',
    status: 201,
    summary: 'Give the app the files of a point; itself a change that can be undone',
    params: HandleParamsSchema,
    body: z.strictObject({
      to: PointSchema,
      overwrite: OverwriteSchema,
      /** Bring back what the app had stored, which loses what it has stored since. */
      withData: z.boolean().default(false),
    }),
    response: ChangeSetSchema,
  }),
  editMessage: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/messages/:id/edit',
    access: 'write',
    auditedFirst: true,
    status: 202,
    summary:
      'Put another version in the place of a message, after putting the app back to before it',
    params: HandleParamsSchema.extend({ id: IdSchema }),
    body: SentContentSchema.extend({ overwrite: OverwriteSchema }),
    response: MessageSchema,
  }),
  showVersion: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/messages/:id/show',
    access: 'write',
    auditedFirst: true,
    summary:
      'Go on with another version of a message, after putting the app to where that had ended',
    params: HandleParamsSchema.extend({ id: IdSchema }),
    body: z.strictObject({ overwrite: OverwriteSchema }),
    response: EmptySchema,
  }),
};
