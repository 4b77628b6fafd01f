import * as z from 'zod';
import { HoursSchema } from '../domain/schedule.ts';
import { IdParamsSchema, IdSchema, pageOf, PageQuerySchema, TimestampSchema } from './common.ts';
import { defineRoute } from './route.ts';

export const ROLLOUT_STATES = [
  'running',
  'paused',
  /** Stopped by itself: too many agents failed. */
  'halted',
  'completed',
  'rolled_back',
  'superseded',
] as const;

export const ROLLOUT_MEMBER_STATES = [
  'waiting',
  'updating',
  /** The new version runs and has not proved itself yet. */
  'trying',
  'done',
  'failed',
  /** It can't be renewed from here: what it was installed with is too old, or has no program for its platform. */
  'unable',
] as const;

const VersionSchema = z
  .string()
  .regex(/^\d{1,5}\.\d{1,5}\.\d{1,5}$/, 'must be a version like 1.2.3');

const AgentReleaseSchema = z.object({
  version: z.string(),
  sequence: z.number().int(),
  platforms: z.array(z.object({ platform: z.string(), sizeBytes: z.number().int() })),
  returnsTo: z.array(z.string()),
  oldestFrom: z.string(),
});
export type AgentRelease = z.infer<typeof AgentReleaseSchema>;

export const AgentReleasesSchema = z.object({
  /** The latest first. */
  releases: z.array(AgentReleaseSchema),
  /** Until when agents take them without another signature; null: nothing was published. */
  signedUntil: TimestampSchema.nullable(),
  /** What is wrong with the folder of releases; null: nothing. */
  problem: z.string().nullable(),
  /** How many agents of servers run which version. */
  versions: z.array(z.object({ version: z.string(), agents: z.number().int() })),
});
export type AgentReleases = z.infer<typeof AgentReleasesSchema>;

const StageInputSchema = z.union([
  z.strictObject({
    /** Of all servers, with those of the stages before. */
    percent: z.number().int().min(1).max(100),
  }),
  z.strictObject({
    /** Names or ids of servers. */
    servers: z.array(z.string().min(1).max(255)).min(1).max(1_000),
  }),
]);
export type StageInput = z.infer<typeof StageInputSchema>;

const NewRolloutSchema = z.strictObject({
  version: VersionSchema,
  /** In their order; what no stage names comes in a last one. */
  stages: z
    .array(StageInputSchema)
    .max(20)
    .default([{ percent: 5 }, { percent: 25 }, { percent: 100 }]),
  /** Percent of a stage's agents; with one more the roll-out stops. */
  maxFailures: z.number().int().min(0).max(100).default(1),
  /** Hours in which versions are changed; null: at any time. */
  hours: HoursSchema.nullable().default(null),
});
export type NewRollout = z.output<typeof NewRolloutSchema>;

const CountsSchema = z.record(z.enum(ROLLOUT_MEMBER_STATES), z.number().int());

export const AgentRolloutSchema = z.object({
  id: IdSchema,
  version: z.string(),
  kind: z.enum(['forward', 'back']),
  state: z.enum(ROLLOUT_STATES),
  reason: z.string().nullable(),
  maxFailures: z.number().int(),
  hours: HoursSchema.nullable(),
  stages: z.array(z.object({ name: z.string(), isOpen: z.boolean(), counts: CountsSchema })),
  createdAt: TimestampSchema,
});
export type AgentRollout = z.infer<typeof AgentRolloutSchema>;

export const RolloutMemberSchema = z.object({
  workspaceId: IdSchema,
  name: z.string(),
  stage: z.number().int(),
  state: z.enum(ROLLOUT_MEMBER_STATES),
  version: z.string(),
  targetVersion: z.string(),
  isOnline: z.boolean(),
  reason: z.string().nullable(),
  changedAt: TimestampSchema,
});
export type RolloutMember = z.infer<typeof RolloutMemberSchema>;

export const agentUpdateRoutes = {
  releases: defineRoute({
    method: 'GET',
    path: '/api/v1/agent-releases',
    access: 'read',
    summary: 'Signed versions of the agent, and which versions run',
    response: AgentReleasesSchema,
  }),
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/agent-rollouts',
    access: 'read',
    summary: 'Roll-outs of agent versions, the latest first',
    query: PageQuerySchema,
    response: pageOf(AgentRolloutSchema),
  }),
  create: defineRoute({
    method: 'POST',
    path: '/api/v1/agent-rollouts',
    access: 'admin',
    status: 201,
    summary: 'Bring a version of the agent to the servers, stage by stage',
    body: NewRolloutSchema,
    response: AgentRolloutSchema,
  }),
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/agent-rollouts/:id',
    access: 'read',
    summary: 'A roll-out with its stages',
    params: IdParamsSchema,
    response: AgentRolloutSchema,
  }),
  members: defineRoute({
    method: 'GET',
    path: '/api/v1/agent-rollouts/:id/servers',
    access: 'read',
    summary: 'How far a roll-out is at each server: those that failed first',
    params: IdParamsSchema,
    response: z.object({ items: z.array(RolloutMemberSchema) }),
  }),
  pause: defineRoute({
    method: 'POST',
    path: '/api/v1/agent-rollouts/:id/pause',
    access: 'admin',
    summary: 'Begin with no further server; what has begun goes on',
    params: IdParamsSchema,
    response: AgentRolloutSchema,
  }),
  resume: defineRoute({
    method: 'POST',
    path: '/api/v1/agent-rollouts/:id/resume',
    access: 'admin',
    summary: 'Go on, and try those again that failed',
    params: IdParamsSchema,
    response: AgentRolloutSchema,
  }),
  rollBack: defineRoute({
    method: 'POST',
    path: '/api/v1/agent-rollouts/:id/roll-back',
    access: 'admin',
    summary:
      'Bring the servers that have the version back to the one before; it must be signed that they may',
    params: IdParamsSchema,
    response: AgentRolloutSchema,
  }),
};
