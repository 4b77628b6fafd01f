import * as z from 'zod';
import { SHARING_LEVELS } from '../domain/sharing.ts';
import { HandleParamsSchema } from './common.ts';
import { defineRoute } from './route.ts';

export const SharingSchema = z.enum(SHARING_LEVELS);

export const PortSchema = z.object({
  port: z.number().int().min(1).max(65_535),
  /** What listens there now; null: nothing, and only how it is shared is remembered. */
  process: z.object({ name: z.string(), pid: z.number().int() }).nullable(),
  /** True for the port that the app of the project was given. */
  isApp: z.boolean(),
  sharing: SharingSchema,
  /** What the devcontainer of the project calls it. */
  label: z.string().optional(),
  /** Where it can be opened. */
  url: z.url(),
});
export type Port = z.infer<typeof PortSchema>;

export const PortListSchema = z.object({
  /** False where the workspace's system does not tell which ports are its own. */
  isSupported: z.boolean(),
  items: z.array(PortSchema),
  /** Where the app of the project belongs, whether it runs or not; stored events of older versions lack it. */
  app: PortSchema.optional(),
});
export type PortList = z.infer<typeof PortListSchema>;

export const portRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/ports',
    access: 'read',
    summary: 'TCP ports that the workspace listens on, and who may open them',
    params: HandleParamsSchema,
    response: PortListSchema,
  }),
  share: defineRoute({
    method: 'PUT',
    path: '/api/v1/workspaces/:handle/ports/:port',
    access: 'write',
    summary: 'Say who may open a port: its owner, the organization or everybody',
    params: HandleParamsSchema.extend({ port: z.coerce.number().int().min(1).max(65_535) }),
    body: z.object({ sharing: SharingSchema }),
    response: PortSchema,
  }),
};
