import * as z from 'zod';

export const BUILD_VARIABLES = {
  SPT_FLOW_BUILDS_AT_ONCE: z.coerce.number().int().min(1).max(100).default(2),
  SPT_FLOW_BUILD_JOBS_AT_ONCE: z.coerce.number().int().min(1).max(20).default(2),
  SPT_FLOW_BUILD_REGISTRY: z
    .string()
    .max(255)
    .regex(
      /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*$/,
      'must be a registry such as registry.example/apps',
    )
    .optional(),
  SPT_FLOW_BUILD_REGISTRY_USER: z.string().min(1).optional(),
  SPT_FLOW_BUILD_REGISTRY_PASSWORD: z.string().min(1).optional(),
};

type Variables = z.infer<z.ZodObject<typeof BUILD_VARIABLES>>;

export function buildsOf(variables: Variables) {
  return {
    /** How many run at a time, of all projects together. */
    atOnce: variables.SPT_FLOW_BUILDS_AT_ONCE,
    /** How many jobs of each of them. */
    jobsAtOnce: variables.SPT_FLOW_BUILD_JOBS_AT_ONCE,
    /** Where images of apps are pushed to; unset: they stay in the engine. */
    registry: variables.SPT_FLOW_BUILD_REGISTRY,
  };
}

/** buildRegistryOf is the account at the registry; undefined: it asks for none. */
export function buildRegistryOf(variables: Variables) {
  const { SPT_FLOW_BUILD_REGISTRY_USER: user, SPT_FLOW_BUILD_REGISTRY_PASSWORD: password } =
    variables;
  return user === undefined || password === undefined ? undefined : { user, password };
}
