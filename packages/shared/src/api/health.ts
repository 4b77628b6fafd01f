import * as z from 'zod';
import { TimestampSchema } from './common.ts';
import { defineRoute } from './route.ts';

export const HealthPartSchema = z.object({
  name: z.string(),
  state: z.enum(['ok', 'degraded', 'down', 'off']),
  /** When it was seen to become so; null: it was so when it was first looked at since the start. */
  since: TimestampSchema.nullable(),
  detail: z.string(),
  /** What to do, when the state is not `ok`. */
  next: z.string().nullable(),
});

export const healthRoutes = {
  health: defineRoute({
    method: 'GET',
    path: '/api/v1/health',
    access: 'read',
    summary: 'Every part with its state, or one of them',
    query: z.object({ part: z.string().max(20).optional() }),
    response: z.object({
      version: z.string(),
      startedAt: TimestampSchema,
      parts: z.array(HealthPartSchema),
      /** Of what is measured, in a Grafana; empty: the installation names none. */
      dashboards: z.array(z.object({ title: z.string(), url: z.url() })),
    }),
  }),
  version: defineRoute({
    method: 'GET',
    path: '/api/v1/version',
    access: 'public',
    summary: 'Version of the control plane',
    response: z.object({ version: z.string() }),
  }),
};
