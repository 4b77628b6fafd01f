import * as z from 'zod';
import { LifecyclePolicySchema } from '../domain/lifecycle-policy.ts';
import { defineRoute } from './route.ts';

const times = LifecyclePolicySchema.shape;

export const OrganizationLifecycleSchema = z.object({
  /** What the organization decided. */
  own: LifecyclePolicySchema,
  /** What holds where neither the workspace nor its template says otherwise. */
  effective: LifecyclePolicySchema.required(),
});
export type OrganizationLifecycle = z.infer<typeof OrganizationLifecycleSchema>;

export const lifecyclePolicyRoutes = {
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/lifecycle-policy',
    access: 'read',
    summary: 'How long workspaces of the organization live without use',
    response: OrganizationLifecycleSchema,
  }),
  set: defineRoute({
    method: 'PATCH',
    path: '/api/v1/lifecycle-policy',
    access: 'admin',
    summary: 'Say how long workspaces of the organization live without use; null: as configured',
    body: z.strictObject({
      idleMinutes: times.idleMinutes.nullable(),
      dormantDays: times.dormantDays.nullable(),
      deleteDays: times.deleteDays.nullable(),
    }),
    response: OrganizationLifecycleSchema,
  }),
};
