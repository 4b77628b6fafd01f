import * as z from 'zod';
import { PlannedSchema } from './planning/index.ts';

/** AppliedSchema is what is kept of a devcontainer in the row of its workspace. */
export const AppliedSchema = z.object({
  planned: PlannedSchema.nullable().default(null),
  /** Why the files have no effect, or not the whole. */
  problem: z
    .object({
      code: z.string(),
      message: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    })
    .nullable()
    .default(null),
  /** The files changed since the plan was made. */
  isChanged: z.boolean().default(false),
  /** The next start makes a new plan. */
  isRebuildWanted: z.boolean().default(false),
  /** For people, with everything else that they should know of the workspace. */
  warnings: z.array(z.string()).default([]),
});
export type Applied = z.infer<typeof AppliedSchema>;
