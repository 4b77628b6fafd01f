import * as z from 'zod/mini';

/** Body of `secrets.put`: all that the workspace has from now on; what is not named is taken away. */
export const SecretsBodySchema = z.object({ variables: z.record(z.string(), z.string()) });
export const MAX_SECRETS_BODY_BYTES = 1024 * 1024;

/** What a workspace knows of its secrets, without their values: the answer to each of `secrets.…`. */
export const SecretsStateSchema = z.object({
  names: z.array(z.string()),
  /** In memory, with one file for each name; null: the machine has no such place. */
  directory: z.nullable(z.string()),
  /** Supervised processes that were started with other values. */
  outdated: z.array(z.string()),
});
export type SecretsState = z.infer<typeof SecretsStateSchema>;
