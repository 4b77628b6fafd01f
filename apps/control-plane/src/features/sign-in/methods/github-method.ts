import type { GithubConfig } from '@spt-flow/config/sign-in';
import { AppError } from '@spt-flow/shared/domain/errors';
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretPost,
  Configuration,
  customFetch,
} from 'openid-client';
import * as z from 'zod';
import { boundedFetch, NoAnswerError } from './bounded-fetch.ts';
import { signInError } from './failure.ts';
import type { ProvenPerson, SignInMethod } from './sign-in-method.ts';
import { unencryptedTo } from './unencrypted.ts';

const PAGE_SIZE = 100;
const MOST_PAGES = 10;

const UserSchema = z.object({
  id: z.int().positive(),
  login: z.string(),
  name: z.string().nullish(),
});
const EmailsSchema = z.array(
  z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }),
);
const Login = z.object({ login: z.string() });
const MembershipsSchema = z.array(z.object({ organization: Login }));
const TeamsSchema = z.array(z.object({ slug: z.string(), organization: Login }));

export interface GithubDeps {
  readonly settings: GithubConfig;
  readonly clientSecret: string;
  readonly redirectUri: string;
}

/** createGithubMethod signs people in with GitHub, whose word is its API: it has no ID token. */
export function createGithubMethod(deps: GithubDeps): SignInMethod {
  const { settings, redirectUri } = deps;
  const { url } = settings;
  const api = url === 'https://github.com' ? 'https://api.github.com' : `${url}/api/v3`;
  const configuration = new Configuration(
    {
      issuer: url,
      authorization_endpoint: `${url}/login/oauth/authorize`,
      token_endpoint: `${url}/login/oauth/access_token`,
    },
    settings.clientId,
    undefined,
    ClientSecretPost(deps.clientSecret),
  );
  configuration[customFetch] = (address, { method, headers, body }) =>
    boundedFetch(address, { method, headers, body });
  for (const permit of unencryptedTo(url)) permit(configuration);

  async function personOf(token: string): Promise<ProvenPerson> {
    const ask = createApi(api, token);
    const user = UserSchema.parse(await ask('/user'));
    const emails = EmailsSchema.parse(await ask('/user/emails'));
    const email = emails.find(({ primary }) => primary);
    return {
      issuer: url,
      // The name can be given up and taken by somebody else.
      subject: String(user.id),
      name: user.name ?? user.login,
      email: email?.email,
      isEmailVerified: email?.verified ?? false,
      groups: settings.roles ? await groupsOf(ask) : undefined,
    };
  }

  return {
    id: 'github',
    issuer: url,
    name: 'GitHub',
    isAnswering: () => true,
    signOutUrl: () => null,
    begin: async ({ state, verifier }, { askAgain }) =>
      buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: `read:user user:email${settings.roles ? ' read:org' : ''}`,
        ...{ state, code_challenge_method: 'S256' },
        code_challenge: await calculatePKCECodeChallenge(verifier),
        ...(askAgain && { prompt: 'select_account' }),
      }),
    async finish({ state, verifier }, cameBackAs) {
      const checks = { expectedState: state, pkceCodeVerifier: verifier };
      try {
        const tokens = await authorizationCodeGrant(configuration, cameBackAs, checks);
        return await personOf(tokens.access_token);
      } catch (error) {
        throw signInError(error);
      }
    },
  };
}

type Ask = (path: string) => Promise<unknown>;

function createApi(api: string, token: string): Ask {
  return async (path) => {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/vnd.github+json',
      'user-agent': 'spt-flow',
      'x-github-api-version': '2022-11-28',
    };
    const response = await boundedFetch(`${api}${path}`, { headers });
    if (response.headers.get('x-ratelimit-remaining') === '0' && response.status === 403)
      throw new NoAnswerError('GitHub answers no more of these questions for now');
    if (response.status !== 200)
      throw new AppError('sign_in_failed', undefined, {
        cause: new Error(`GitHub answers ${path} with ${String(response.status)}`),
      });
    return response.json();
  };
}

/** Organizations as `acme`, teams as `acme/platform`. */
async function groupsOf(ask: Ask): Promise<string[]> {
  const memberships = await allPages(
    ask,
    '/user/memberships/orgs?state=active&',
    MembershipsSchema,
  );
  const teams = await allPages(ask, '/user/teams?', TeamsSchema);
  return [
    ...memberships.map(({ organization }) => organization.login),
    ...teams.map(({ organization, slug }) => `${organization.login}/${slug}`),
  ].map((name) => name.toLowerCase());
}

async function allPages<Item>(ask: Ask, path: string, schema: z.ZodType<Item[]>): Promise<Item[]> {
  const items: Item[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const found = schema.parse(
      await ask(`${path}per_page=${String(PAGE_SIZE)}&page=${String(page)}`),
    );
    items.push(...found);
    if (found.length < PAGE_SIZE) break;
  }
  return items;
}
