import * as z from 'zod';

export const RECORDING_MODES = ['off', 'on', 'required'] as const;
export type RecordingMode = (typeof RECORDING_MODES)[number];

/** RecordingPolicySchema says whether what terminals show is recorded, as far as an organization says anything. */
export const RecordingPolicySchema = z.strictObject({
  /** `on`: a session goes on where it can't be recorded, and says so; `required`: it does not. */
  mode: z.enum(RECORDING_MODES).default('off'),
  /** Days that recordings are kept; absent: as configured. */
  keepDays: z.number().int().min(1).max(3_650).optional(),
});
export type RecordingPolicy = z.infer<typeof RecordingPolicySchema>;
