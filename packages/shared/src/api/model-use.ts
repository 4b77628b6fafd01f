import * as z from 'zod';
import { HandleParamsSchema } from './common.ts';
import { defineRoute } from './route.ts';

/** ModelUseSchema is what the tools in a workspace have used of AI models; money in millionths of a dollar. */
export const ModelUseSchema = z.object({
  /** False: nothing is configured, or it is switched off for this workspace. */
  isOffered: z.boolean(),
  /** The dearest first. */
  models: z.array(
    z.object({
      model: z.string(),
      requests: z.number().int(),
      /** All of them, those from the cache included. */
      inputTokens: z.number().int(),
      cachedInputTokens: z.number().int(),
      outputTokens: z.number().int(),
      costMicros: z.number().int(),
    }),
  ),
});
export type ModelUse = z.infer<typeof ModelUseSchema>;

export const modelUseRoutes = {
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/model-use',
    access: 'read',
    summary: 'Tokens and money that the tools in the workspace have used of AI models',
    params: HandleParamsSchema,
    response: ModelUseSchema,
  }),
};
