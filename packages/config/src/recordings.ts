import * as z from 'zod';

const MEBIBYTE = 1024 ** 2;

export const RECORDING_VARIABLES = {
  SPT_FLOW_RECORDING_DAYS: z.coerce.number().int().min(1).max(3_650).default(30),
  SPT_FLOW_RECORDING_MEGABYTES: z.coerce.number().int().min(1).max(1_048_576).default(1024),
};

type Variables = z.infer<z.ZodObject<typeof RECORDING_VARIABLES>>;

/** recordingsOf is what is kept of each organization's recordings; it may say another number of days itself. */
export function recordingsOf(variables: Variables) {
  return {
    keepDays: variables.SPT_FLOW_RECORDING_DAYS,
    maxBytes: variables.SPT_FLOW_RECORDING_MEGABYTES * MEBIBYTE,
  };
}
