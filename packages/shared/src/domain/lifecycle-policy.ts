import * as z from 'zod';

/** LifecyclePolicySchema says how long workspaces live without use, as far as it says anything; 0: for ever. */
export const LifecyclePolicySchema = z.strictObject({
  /** Minutes without use after which a workspace stops. */
  idleMinutes: z.number().int().min(0).max(10_080).optional(),
  /** Days without use after which it becomes dormant. */
  dormantDays: z.number().int().min(0).max(3_650).optional(),
  /** Days after which a dormant one is deleted. */
  deleteDays: z.number().int().min(0).max(3_650).optional(),
});
export type LifecyclePolicy = z.infer<typeof LifecyclePolicySchema>;

export const LIFECYCLE_TIMES = ['idleMinutes', 'dormantDays', 'deleteDays'] as const;
