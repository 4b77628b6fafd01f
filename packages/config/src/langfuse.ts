import * as z from 'zod';
import { ConfigError } from './config-error.ts';

const Host = z.url({ protocol: /^https?$/ }).optional();
const Key = z.string().min(1).optional();

/** Where turns of the chat are told of, and where tools in workspaces may tell of theirs: other keys, which all see. */
export const LANGFUSE_VARIABLES = {
  LANGFUSE_HOST: Host,
  LANGFUSE_PUBLIC_KEY: Key,
  LANGFUSE_SECRET_KEY: Key,
  SPT_FLOW_WORKSPACE_LANGFUSE_HOST: Host,
  SPT_FLOW_WORKSPACE_LANGFUSE_PUBLIC_KEY: Key,
  SPT_FLOW_WORKSPACE_LANGFUSE_SECRET_KEY: Key,
};
type Variables = z.infer<z.ZodObject<typeof LANGFUSE_VARIABLES>>;

/** langfuseOf is null where nothing is set; ConfigError where only a part is. */
export function langfuseOf(variables: Variables, prefix: '' | 'SPT_FLOW_WORKSPACE_') {
  const host = variables[`${prefix}LANGFUSE_HOST`];
  const publicKey = variables[`${prefix}LANGFUSE_PUBLIC_KEY`];
  const secretKey = variables[`${prefix}LANGFUSE_SECRET_KEY`];
  if (host === undefined && publicKey === undefined && secretKey === undefined) return null;
  if (host !== undefined && publicKey !== undefined && secretKey !== undefined)
    return { host, publicKey, secretKey };
  throw new ConfigError(
    `${prefix}LANGFUSE_HOST, ${prefix}LANGFUSE_PUBLIC_KEY and ${prefix}LANGFUSE_SECRET_KEY belong together: give all or none`,
  );
}
