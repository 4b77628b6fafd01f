import * as z from 'zod';
import { ConfigError } from './config-error.ts';

const ROLES = ['admin', 'developer', 'readonly'] as const;

/** RoleRule gives a role to who is in the group, by its exact name. */
export interface RoleRule {
  readonly group: string;
  readonly role: (typeof ROLES)[number];
}

/** `group=role` with semicolons between: names of groups from a directory have commas and equals signs of their own. */
const RoleRules = z.string().transform((text, context): RoleRule[] => {
  const rules = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => readRule(part));
  if (rules.length > 0 && rules.every((rule) => rule !== undefined)) return rules;
  const message = 'must be group=role with ; between, and admin, developer or readonly as roles';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

function readRule(part: string): RoleRule | undefined {
  const at = part.lastIndexOf('=');
  const group = part.slice(0, Math.max(at, 0)).trim();
  const role = ROLES.find((name) => name === part.slice(at + 1).trim());
  return group === '' || role === undefined ? undefined : { group, role };
}

const Domains = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim().toLowerCase()))
  .pipe(z.array(z.string().regex(/^[a-z0-9.-]+\.[a-z0-9-]+$/, 'must be domains such as acme.com')));

const WithoutGroup = z.enum(['refuse', 'readonly', 'keep']).default('refuse');
const Text = z.string().min(1).max(512).optional();

export const SIGN_IN_VARIABLES = {
  SPT_FLOW_OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  SPT_FLOW_OIDC_CLIENT_ID: Text,
  SPT_FLOW_OIDC_CLIENT_SECRET: Text,
  SPT_FLOW_OIDC_NAME: z.string().min(1).max(60).default('single sign-on'),
  SPT_FLOW_OIDC_SCOPES: z.string().min(1).max(512).default('openid email profile'),
  SPT_FLOW_OIDC_GROUPS_CLAIM: z.string().min(1).max(255).default('groups'),
  SPT_FLOW_OIDC_ROLES: RoleRules.prefault('admins=admin;developers=developer;readonly=readonly'),
  SPT_FLOW_OIDC_WITHOUT_GROUP: WithoutGroup,
  SPT_FLOW_OIDC_TRUST_EMAIL: z.stringbool().default(false),
  SPT_FLOW_GITHUB_CLIENT_ID: Text,
  SPT_FLOW_GITHUB_CLIENT_SECRET: Text,
  SPT_FLOW_GITHUB_URL: z.url({ protocol: /^https?$/ }).default('https://github.com'),
  SPT_FLOW_GITHUB_ROLES: RoleRules.optional(),
  SPT_FLOW_GITHUB_WITHOUT_GROUP: WithoutGroup,
  SPT_FLOW_PASSWORD_SIGN_IN: z.stringbool().default(true),
  SPT_FLOW_LINK_BY_EMAIL: z.stringbool().default(false),
  SPT_FLOW_SIGN_IN_HOURS: z.coerce.number().int().min(1).max(720).default(24),
  ENABLE_SIGNUP: z.enum(['false', 'providers', 'true']).default('false'),
  SPT_FLOW_SIGNUP_DOMAINS: Domains.optional(),
  SPT_FLOW_SIGNUP_ROLE: z.enum(['developer', 'readonly']).default('readonly'),
};
type Variables = z.infer<z.ZodObject<typeof SIGN_IN_VARIABLES>>;

export type SignInConfig = ReturnType<typeof signInOf>;
export type OidcConfig = NonNullable<SignInConfig['oidc']>;
export type GithubConfig = NonNullable<SignInConfig['github']>;

/** signInOf says how people sign in; ConfigError where only a part is set, or where nobody could. */
export function signInOf(variables: Variables) {
  const oidc = oidcOf(variables);
  const github = githubOf(variables);
  const passwords = variables.SPT_FLOW_PASSWORD_SIGN_IN;
  if (!passwords && !oidc && !github)
    throw new ConfigError(
      'SPT_FLOW_PASSWORD_SIGN_IN=false needs another way to sign in: set SPT_FLOW_OIDC_… or SPT_FLOW_GITHUB_…',
    );
  const signUp = signUpOf(variables);
  if (signUp.who === 'providers' && github && !github.roles && !signUp.domains)
    throw new ConfigError(
      'ENABLE_SIGNUP=providers would let in everybody with an account at GitHub: set SPT_FLOW_GITHUB_ROLES or SPT_FLOW_SIGNUP_DOMAINS',
    );
  return {
    oidc,
    github,
    passwords,
    /** An account is found by the verified e-mail address of who signs in elsewhere for the first time. */
    linkByEmail: variables.SPT_FLOW_LINK_BY_EMAIL,
    /** After it who signed in elsewhere does so again, so that groups are looked at. */
    hours: variables.SPT_FLOW_SIGN_IN_HOURS,
    signUp,
  };
}

function signUpOf(variables: Variables) {
  const who = { false: 'nobody', providers: 'providers', true: 'everybody' } as const;
  return {
    who: who[variables.ENABLE_SIGNUP],
    /** Null: any. An address is only believed where it was verified, so with domains no password will do. */
    domains: variables.SPT_FLOW_SIGNUP_DOMAINS ?? null,
    role: variables.SPT_FLOW_SIGNUP_ROLE,
  };
}

function oidcOf(variables: Variables) {
  const { SPT_FLOW_OIDC_ISSUER: issuer, SPT_FLOW_OIDC_CLIENT_ID: clientId } = variables;
  const clientSecret = variables.SPT_FLOW_OIDC_CLIENT_SECRET;
  if (issuer === undefined && clientId === undefined && clientSecret === undefined) return null;
  if (issuer === undefined || clientId === undefined)
    throw new ConfigError(
      'SPT_FLOW_OIDC_ISSUER and SPT_FLOW_OIDC_CLIENT_ID belong together: give both or none',
    );
  assertEncrypted('SPT_FLOW_OIDC_ISSUER', issuer);
  return {
    issuer,
    clientId,
    name: variables.SPT_FLOW_OIDC_NAME,
    scopes: variables.SPT_FLOW_OIDC_SCOPES,
    groupsClaim: variables.SPT_FLOW_OIDC_GROUPS_CLAIM,
    roles: variables.SPT_FLOW_OIDC_ROLES,
    withoutGroup: variables.SPT_FLOW_OIDC_WITHOUT_GROUP,
    /** Addresses count as verified where it does not say whether they are. */
    trustEmail: variables.SPT_FLOW_OIDC_TRUST_EMAIL,
  };
}

function githubOf(variables: Variables) {
  const { SPT_FLOW_GITHUB_CLIENT_ID: clientId, SPT_FLOW_GITHUB_CLIENT_SECRET: secret } = variables;
  if (clientId === undefined && secret === undefined) return null;
  if (clientId === undefined || secret === undefined)
    throw new ConfigError(
      'SPT_FLOW_GITHUB_CLIENT_ID and SPT_FLOW_GITHUB_CLIENT_SECRET belong together: give both or none',
    );
  const url = variables.SPT_FLOW_GITHUB_URL.replace(/\/+$/, '');
  assertEncrypted('SPT_FLOW_GITHUB_URL', url);
  return {
    url,
    clientId,
    /** Null: teams are not asked for, and roles stay as they are here. */
    roles: variables.SPT_FLOW_GITHUB_ROLES ?? null,
    withoutGroup: variables.SPT_FLOW_GITHUB_WITHOUT_GROUP,
  };
}

/** Who may change what comes over the wire decides who signs in. */
function assertEncrypted(name: string, text: string): void {
  const { protocol, hostname } = new URL(text);
  const isHere = /^(localhost|.+\.localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  if (protocol !== 'https:' && !isHere)
    throw new ConfigError(`${name} must be an https URL, unless it is on this machine`);
}
