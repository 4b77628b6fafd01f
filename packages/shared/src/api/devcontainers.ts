import * as z from 'zod';
import { HandleParamsSchema } from './common.ts';
import { defineRoute } from './route.ts';
import { WorkspaceSchema } from './workspaces.ts';

export const DevcontainerSchema = z.object({
  /** Where it stands in the repository; null: the container is as the workspace's settings say. */
  file: z.string().nullable(),
  image: z.string().nullable(),
  /** Whom everything in the workspace runs as; null: the user of the image. */
  user: z.string().nullable(),
  /** The files changed since the container was made. */
  isChanged: z.boolean(),
  /** Why the devcontainer has no effect, or not the whole. */
  problem: z
    .object({
      code: z.string(),
      message: z.string(),
      details: z.record(z.string(), z.unknown()),
    })
    .nullable(),
  /** Secrets that the repository recommends to have. */
  secrets: z.array(z.object({ name: z.string(), description: z.string().nullable() })),
});
export type Devcontainer = z.infer<typeof DevcontainerSchema>;

export const devcontainerRoutes = {
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/devcontainer',
    access: 'read',
    summary: 'The devcontainer that the workspace was made from, and what is wrong with it',
    params: HandleParamsSchema,
    response: DevcontainerSchema,
  }),
  rebuild: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/rebuild',
    access: 'write',
    status: 202,
    summary: 'Make the container anew from the devcontainer; files are kept',
    params: HandleParamsSchema,
    response: WorkspaceSchema,
  }),
};
