import * as z from 'zod';
import { MemorySize } from './memory-size.ts';

export const CAP_VARIABLES = {
  SPT_FLOW_WORKSPACE_GPUS: z.coerce.number().int().min(0).max(16).default(0),
  CONTAINER_MEMORY_LIMIT: MemorySize.optional(),
  CONTAINER_CPU_LIMIT: z.coerce.number().min(0.1).optional(),
};

type Variables = z.infer<z.ZodObject<typeof CAP_VARIABLES>>;

/** capsOf are upper bounds of a container; what is absent is as its size says. */
export function capsOf(variables: Variables) {
  const { CONTAINER_MEMORY_LIMIT: memoryBytes, CONTAINER_CPU_LIMIT: cpus } = variables;
  return {
    gpus: variables.SPT_FLOW_WORKSPACE_GPUS,
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(cpus !== undefined && { cpus }),
  };
}
