import * as z from 'zod';
import { HandleParamsSchema, TimestampSchema } from './common.ts';
import { defineRoute } from './route.ts';

export const USAGE_SPANS = ['hour', 'day'] as const;
export type UsageSpan = (typeof USAGE_SPANS)[number];

/** What is null the system does not tell, or the workspace shares with others. */
export const UsageSampleSchema = z.object({
  at: TimestampSchema,
  /** Processors in use on average since the sample before. */
  cpus: z.number().nullable(),
  /** Resident memory of its processes, without the agent. */
  memoryBytes: z.number().nullable(),
  /** What the files of its project take. */
  diskBytes: z.number().nullable(),
  receivedBytesPerSecond: z.number().nullable(),
  sentBytesPerSecond: z.number().nullable(),
});
export type UsageSample = z.infer<typeof UsageSampleSchema>;

export const UsageSchema = z.object({
  span: z.enum(USAGE_SPANS),
  /** Samples of a day are means. */
  stepSeconds: z.number().int(),
  /** What it may use at most: its size where that is enforced, its machine elsewhere; null: not known. */
  limits: z.object({
    cpus: z.number().nullable(),
    memoryBytes: z.number().nullable(),
    diskBytes: z.number().nullable(),
  }),
  /** The oldest first. Where it did not run there are none. */
  samples: z.array(UsageSampleSchema),
});
export type Usage = z.infer<typeof UsageSchema>;

export const usageRoutes = {
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/usage',
    access: 'read',
    summary: 'What the workspace used of its machine in the last hour or day',
    params: HandleParamsSchema,
    query: z.object({ span: z.enum(USAGE_SPANS).default('hour') }),
    response: UsageSchema,
  }),
};
