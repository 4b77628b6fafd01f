import { z } from 'zod';
import { HandleParamsSchema, TimestampSchema } from './common.ts';
import { defineRoute } from './route.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export const LogLineSchema = z.object({
  /** Position in this workspace's log; also the live cursor of `logs:<workspaceId>`. */
  seq: z.number().int(),
  at: TimestampSchema,
  level: z.enum(LOG_LEVELS),
  /** `start` (timeline), `agent`, `app`, `build`. */
  source: z.string().max(50),
  text: z.string(),
  correlationId: z.string().nullable(),
});
export type LogLine = z.infer<typeof LogLineSchema>;

export const logRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/logs',
    access: 'read',
    summary: 'Log lines; without `after` the last ones',
    params: HandleParamsSchema,
    query: z.object({
      after: z.coerce.number().int().min(0).optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(200),
      source: z.string().max(50).optional(),
      level: z.enum(LOG_LEVELS).optional(),
      correlationId: z.string().max(64).optional(),
      search: z.string().max(200).optional(),
    }),
    response: z.object({ items: z.array(LogLineSchema) }),
  }),
};
