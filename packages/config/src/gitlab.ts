import * as z from 'zod';
import { ConfigError } from './config-error.ts';

/** Names as GitLab permits them in a path: groups, with slashes between. */
const GroupPath = z
  .string()
  .max(255)
  .regex(
    /^[A-Za-z0-9_][\w.-]*(?:\/[A-Za-z0-9_][\w.-]*)*$/,
    'must be a path such as teams/spt-flow',
  );
const Url = z.url({ protocol: /^https?$/ }).optional();

/** The GitLab that projects are pushed to; without an address they stay here. */
export const GITLAB_VARIABLES = {
  GITLAB_URL: Url,
  SPT_FLOW_GITLAB_EXTERNAL_URL: Url,
  GITLAB_TOKEN: z
    .string()
    .max(512)
    .regex(/^[\x21-\x7e]+$/, 'must be one word of plain text')
    .optional(),
  GITLAB_WEBHOOK_SECRET: z.string().min(16).max(512).optional(),
  SPT_FLOW_GITLAB_GROUP: GroupPath.default('spt-flow'),
  SPT_FLOW_GITLAB_HOOK_URL: Url,
  SPT_FLOW_GITLAB_CA_FILE: z.string().min(1).optional(),
};
type Variables = z.infer<z.ZodObject<typeof GITLAB_VARIABLES>>;

export type GitlabConfig = NonNullable<ReturnType<typeof gitlabOf>>;

/** gitlabOf is null where projects stay here; ConfigError where a part is missing. */
export function gitlabOf(variables: Variables) {
  const { GITLAB_URL: url, GITLAB_TOKEN: token } = variables;
  if (url === undefined && token === undefined) return null;
  if (url === undefined || token === undefined)
    throw new ConfigError('GITLAB_URL and GITLAB_TOKEN belong together: give both or none');
  return {
    /** Where the control plane reaches it. */
    url: baseOf('GITLAB_URL', url),
    /** Where people reach it. */
    externalUrl: baseOf(
      'SPT_FLOW_GITLAB_EXTERNAL_URL',
      variables.SPT_FLOW_GITLAB_EXTERNAL_URL ?? url,
    ),
    /** Each organization has a group below it. */
    group: variables.SPT_FLOW_GITLAB_GROUP,
    /** Where it reaches the control plane; null: where people do. */
    hookUrl:
      variables.SPT_FLOW_GITLAB_HOOK_URL === undefined
        ? null
        : baseOf('SPT_FLOW_GITLAB_HOOK_URL', variables.SPT_FLOW_GITLAB_HOOK_URL),
    /** PEM of who signed its certificate; null: the authorities of the machine. */
    caFile: variables.SPT_FLOW_GITLAB_CA_FILE ?? null,
  };
}

/** It may have a path, behind a proxy; a login in it would end up in messages. */
function baseOf(name: string, text: string): string {
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new ConfigError(`${name} must be an address without a login, a query or a fragment`);
  return url.href.replace(/\/+$/, '');
}
