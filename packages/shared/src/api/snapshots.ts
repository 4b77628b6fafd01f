import * as z from 'zod';
import {
  HandleParamsSchema,
  IdParamsSchema,
  IdSchema,
  newName,
  TimestampSchema,
} from './common.ts';
import { CHOOSABLE_PLACES } from '../domain/places.ts';
import { defineRoute } from './route.ts';
import { WorkspaceSchema } from './workspaces.ts';

export const BACKUP_CONTENT_TYPE = 'application/x-tar';
/** POST streams the files of a workspace as they are now. */
export const BACKUP_PATH = '/api/v1/workspaces/:handle/backup';
/** POST takes such a file and makes a new workspace of it, as the query says (`NewWorkspaceSchema`). */
export const RESTORE_PATH = '/api/v1/backups';
/** GET streams a snapshot in the form of a backup. */
export const SNAPSHOT_FILE_PATH = '/api/v1/snapshots/:id/file';

export const SnapshotNameSchema = newName(100);
export const SnapshotSchema = z.object({
  id: IdSchema,
  name: z.string(),
  workspaceId: IdSchema,
  workspaceName: z.string(),
  ownerId: IdSchema,
  /** `last`: made before its workspace was deleted for want of use; `automatic`: as the settings say. */
  kind: z.enum(['manual', 'last', 'automatic']),
  /** Where it lies: in the data directory of the control plane, or in its bucket. */
  storage: z.enum(['disk', 's3']),
  /** What it takes there. */
  sizeBytes: z.number().int(),
  /** What its files take in a workspace. */
  unpackedBytes: z.number().int(),
  createdAt: TimestampSchema,
  /** When it is removed by itself; null: never. */
  expiresAt: TimestampSchema.nullable(),
});
export type Snapshot = z.infer<typeof SnapshotSchema>;

/** NewWorkspaceSchema says how a workspace is made of files; what is absent is as where they come from. */
export const NewWorkspaceSchema = z.strictObject({
  name: newName(63).optional(),
  /** Where it runs. */
  provider: z.enum(CHOOSABLE_PLACES).optional(),
});
export type NewWorkspaceOptions = z.infer<typeof NewWorkspaceSchema>;

export const snapshotRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/snapshots',
    access: 'read',
    summary: 'Snapshots of a workspace, newest first, and how many people may make of it',
    params: HandleParamsSchema,
    response: z.object({ items: z.array(SnapshotSchema), limit: z.number().int() }),
  }),
  listAll: defineRoute({
    method: 'GET',
    path: '/api/v1/snapshots',
    access: 'read',
    summary: 'Snapshots of all workspaces, also of those that are deleted, newest first',
    response: z.object({ items: z.array(SnapshotSchema) }),
  }),
  create: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/snapshots',
    access: 'write',
    status: 201,
    summary: 'Keep the files of a workspace as they are now',
    params: HandleParamsSchema,
    body: z.strictObject({ name: SnapshotNameSchema.optional() }),
    response: SnapshotSchema,
  }),
  remove: defineRoute({
    method: 'DELETE',
    path: '/api/v1/snapshots/:id',
    access: 'write',
    summary: 'Delete a snapshot',
    params: IdParamsSchema,
    response: SnapshotSchema,
  }),
  restore: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/restore',
    access: 'write',
    summary:
      'Give a workspace the files of one of its snapshots, and start it; the present ones are lost',
    params: HandleParamsSchema,
    body: z.strictObject({ snapshotId: IdSchema }),
    response: WorkspaceSchema,
  }),
  clone: defineRoute({
    method: 'POST',
    path: '/api/v1/snapshots/:id/clone',
    access: 'write',
    status: 201,
    summary: 'Make a new workspace of a snapshot',
    params: IdParamsSchema,
    body: NewWorkspaceSchema,
    response: WorkspaceSchema,
  }),
  cloneWorkspace: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/clone',
    access: 'write',
    status: 201,
    summary: 'Make a new workspace of the files that another has now',
    params: HandleParamsSchema,
    body: NewWorkspaceSchema,
    response: WorkspaceSchema,
  }),
};
