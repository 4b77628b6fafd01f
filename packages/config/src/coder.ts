import * as z from 'zod';
import { ConfigError } from './config-error.ts';

const File = z.string().min(1).optional();

/** A Coder server on which workspaces may run. */
export const CODER_VARIABLES = {
  SPT_FLOW_CODER_URL: z.url({ protocol: /^https?$/ }).optional(),
  SPT_FLOW_CODER_TOKEN_FILE: File,
  SPT_FLOW_CODER_CA_FILE: File,
  SPT_FLOW_CODER_ORGANIZATION: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/, 'must be the name or id of an organization')
    .default('default'),
};
type Variables = z.infer<z.ZodObject<typeof CODER_VARIABLES>>;

/** coderOf is null where there is no Coder server; ConfigError where nothing says how to sign in there. */
export function coderOf(variables: Variables) {
  const url = variables.SPT_FLOW_CODER_URL;
  if (url === undefined) return null;
  const tokenFile = variables.SPT_FLOW_CODER_TOKEN_FILE;
  if (tokenFile === undefined)
    throw new ConfigError('SPT_FLOW_CODER_URL needs SPT_FLOW_CODER_TOKEN_FILE');
  return {
    url: url.replace(/\/$/, ''),
    /** Read at each request, so that another token is used at once. */
    tokenFile,
    /** PEM of who signed its certificate; null: the authorities of the machine. */
    caFile: variables.SPT_FLOW_CODER_CA_FILE ?? null,
    /** Of the Coder server: whose templates are used, and where workspaces are made. */
    organization: variables.SPT_FLOW_CODER_ORGANIZATION,
  };
}
