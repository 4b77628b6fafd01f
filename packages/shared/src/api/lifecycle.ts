import * as z from 'zod';
import { ScheduleSchema } from '../domain/schedule.ts';
import { HandleParamsSchema, TimestampSchema } from './common.ts';
import { ACTIVITY_SOURCES } from '../domain/activity.ts';
import { defineRoute } from './route.ts';

const MAX_MINUTES = 7 * 24 * 60;

export const VerdictSchema = z.object({
  /** `warn`: it stops soon unless somebody uses it; `off`: it does not run. */
  action: z.enum(['keep', 'warn', 'stop', 'off']),
  /** The rule that decides; a full disk goes before an override, that before a schedule, a schedule before idleness. */
  rule: z.enum(['server', 'disk', 'override', 'schedule', 'idle']),
  /** In plain words. */
  reason: z.string(),
  /** When it stops if nothing changes; null: never. */
  stopsAt: TimestampSchema.nullable(),
  /** When its schedule starts it next. */
  startsAt: TimestampSchema.nullable(),
});
export type Verdict = z.infer<typeof VerdictSchema>;

export const LifecycleSchema = z.object({
  /** Minutes without use after which it stops; 0: never. */
  idleMinutes: z.number().int(),
  /** The workspace has no number of its own. */
  isDefaultIdle: z.boolean(),
  schedule: ScheduleSchema.nullable(),
  /** Until when it is kept running, whatever else is said. */
  keepUntil: TimestampSchema.nullable(),
  runningSince: TimestampSchema.nullable(),
  /** The last use of each kind; null: none that is known. */
  activity: z.array(
    z.object({ source: z.enum(ACTIVITY_SOURCES), lastAt: TimestampSchema.nullable() }),
  ),
  verdict: VerdictSchema,
  /** Why it was stopped last. */
  lastStop: z.object({ at: TimestampSchema, reason: z.string() }).nullable(),
});
export type Lifecycle = z.infer<typeof LifecycleSchema>;

export const lifecycleRoutes = {
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/lifecycle',
    access: 'read',
    summary: 'Why the workspace runs or does not, and what happens next',
    params: HandleParamsSchema,
    response: LifecycleSchema,
  }),
  update: defineRoute({
    method: 'PATCH',
    path: '/api/v1/workspaces/:handle/lifecycle',
    access: 'write',
    summary: 'Set the idle time or the schedule; null takes it away',
    params: HandleParamsSchema,
    body: z.strictObject({
      idleMinutes: z.number().int().min(0).max(MAX_MINUTES).nullable().optional(),
      schedule: ScheduleSchema.nullable().optional(),
    }),
    response: LifecycleSchema,
  }),
  keepAlive: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/keep-alive',
    access: 'write',
    summary: 'Keep the workspace running for a while, whatever schedule and idleness say',
    params: HandleParamsSchema,
    body: z.strictObject({ minutes: z.number().int().min(1).max(MAX_MINUTES) }),
    response: LifecycleSchema,
  }),
  endKeepAlive: defineRoute({
    method: 'DELETE',
    path: '/api/v1/workspaces/:handle/keep-alive',
    access: 'write',
    summary: 'Let schedule and idleness decide again',
    params: HandleParamsSchema,
    response: LifecycleSchema,
  }),
};
