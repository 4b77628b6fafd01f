import * as z from 'zod';
import { HandleParamsSchema, IdSchema, TimestampSchema } from './common.ts';
import { defineRoute } from './route.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export const LogLineSchema = z.object({
  /** Position in this workspace's log; also the live cursor of `logs:<workspaceId>`. */
  seq: z.number().int(),
  at: TimestampSchema,
  level: z.enum(LOG_LEVELS),
  /** `start` (timeline), `chat` (turns), `agent`, `app`, `build`. */
  source: z.string().max(50),
  text: z.string(),
  correlationId: z.string().nullable(),
});
export type LogLine = z.infer<typeof LogLineSchema>;

/** FoundLogLineSchema is a line with where it was said. */
export const FoundLogLineSchema = LogLineSchema.extend({
  workspaceId: IdSchema,
  workspaceName: z.string(),
  projectId: IdSchema,
  projectSlug: z.string(),
});
export type FoundLogLine = z.infer<typeof FoundLogLineSchema>;

const LogQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  source: z.string().max(50).optional(),
  /** This level and the more severe ones. */
  level: z.enum(LOG_LEVELS).optional(),
  correlationId: z.string().max(64).optional(),
  search: z.string().max(200).optional(),
  since: TimestampSchema.optional(),
  /** Without this moment itself. */
  until: TimestampSchema.optional(),
});

export const logRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/logs',
    access: 'read',
    summary:
      'Log lines in order: the first ones after `after`, else the last ones, of those before `before`',
    params: HandleParamsSchema,
    query: LogQuerySchema.extend({
      after: z.coerce.number().int().min(0).optional(),
      before: z.coerce.number().int().min(0).optional(),
    }),
    response: z.object({ items: z.array(LogLineSchema) }),
  }),
  search: defineRoute({
    method: 'GET',
    path: '/api/v1/logs',
    access: 'read',
    names: { project: 'projects', workspace: 'workspaces' },
    summary: 'Log lines of all workspaces, or of a project or workspace, the newest first',
    query: LogQuerySchema.extend({
      /** Name or id. */
      project: z.string().min(1).max(255).optional(),
      workspace: z.string().min(1).max(255).optional(),
      /** Opaque; from `nextCursor` of the page before. */
      cursor: z.string().max(256).optional(),
    }),
    response: z.object({ items: z.array(FoundLogLineSchema), nextCursor: z.string().nullable() }),
  }),
};
