import type { OidcConfig } from '@spt-flow/config/sign-in';
import * as z from 'zod';
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  ClientSecretPost,
  clockTolerance,
  Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
  type CustomFetchOptions,
  type ServerMetadata,
} from 'openid-client';
import type { Clock } from '../../../lib/clock.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { createDiscovery } from './discovery.ts';
import { signInError } from './failure.ts';
import { readGroups } from './read-groups.ts';
import type { Challenge, ProvenPerson, SignInMethod } from './sign-in-method.ts';
import { unencryptedTo } from './unencrypted.ts';

const CLOCK_TOLERANCE_SECONDS = 60;

const PersonSchema = z.object({
  name: z.string().optional().catch(undefined),
  preferred_username: z.string().optional().catch(undefined),
  email: z.email().max(255).optional().catch(undefined),
  /** Some write it as a text. */
  email_verified: z.union([z.boolean(), z.stringbool()]).optional().catch(false),
});

export interface OidcDeps {
  readonly settings: OidcConfig;
  readonly clientSecret: string | undefined;
  readonly redirectUri: string;
  /** The page after a sign-out there. */
  readonly signedOutUri: string;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** createOidcMethod signs people in with an OpenID Connect provider. */
export function createOidcMethod(deps: OidcDeps): SignInMethod {
  const { settings, redirectUri } = deps;
  const server = new URL(settings.issuer);
  const permit = unencryptedTo(settings.issuer);
  const provider = createDiscovery({
    clock: deps.clock,
    onError: deps.onError,
    ask: async () => {
      const found = await discovery(server, settings.clientId, undefined, None(), {
        [customFetch]: ask,
        execute: permit,
      });
      return found.serverMetadata();
    },
  });

  /** Made anew for each sign-in, so that keys which the provider has changed meanwhile are fetched. */
  function configure(metadata: ServerMetadata): Configuration {
    const client = { [clockTolerance]: CLOCK_TOLERANCE_SECONDS };
    const proof = clientProof(deps.clientSecret, metadata);
    const made = new Configuration(metadata, settings.clientId, client, proof);
    made[customFetch] = ask;
    for (const execute of [...permit, enableNonRepudiationChecks]) execute(made);
    return made;
  }

  return {
    id: 'oidc',
    issuer: settings.issuer,
    name: settings.name,
    isAnswering: () => provider.isAnswering(),
    signOutUrl() {
      if (provider.known?.end_session_endpoint === undefined) return null;
      const parameters = { post_logout_redirect_uri: deps.signedOutUri };
      return buildEndSessionUrl(configure(provider.known), parameters).href;
    },
    async begin({ state, nonce, verifier }, { askAgain }) {
      const configuration = configure(await provider.get().catch(refuse));
      return buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: settings.scopes,
        ...{ state, nonce, code_challenge_method: 'S256' },
        code_challenge: await calculatePKCECodeChallenge(verifier),
        ...(askAgain && { prompt: 'login' }),
      });
    },
    async finish(challenge, cameBackAs) {
      const configuration = configure(provider.known ?? (await provider.get().catch(refuse)));
      const claims = await claimsOf(configuration, { challenge, cameBackAs, settings }).catch(
        refuse,
      );
      return personOf(claims, settings);
    },
  };
}

function ask(url: string, { method, headers, body }: CustomFetchOptions): Promise<Response> {
  return boundedFetch(url, { method, headers, body });
}

function refuse(error: unknown): never {
  throw signInError(error);
}

/** What the provider says it takes; `client_secret_basic` is what it takes where it says nothing. */
function clientProof(secret: string | undefined, metadata: ServerMetadata) {
  if (secret === undefined) return None();
  const takes = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  return takes.includes('client_secret_basic')
    ? ClientSecretBasic(secret)
    : ClientSecretPost(secret);
}

interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly [claim: string]: unknown;
}

/** Of the ID token, and of the provider's page about the person for what that does not say. */
async function claimsOf(
  configuration: Configuration,
  answer: { challenge: Challenge; cameBackAs: URL; settings: OidcConfig },
): Promise<Claims> {
  const { challenge, settings } = answer;
  const tokens = await authorizationCodeGrant(configuration, answer.cameBackAs, {
    expectedState: challenge.state,
    expectedNonce: challenge.nonce,
    pkceCodeVerifier: challenge.verifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (!claims) throw new Error('The answer holds no ID token');
  const isWhole = 'email' in claims && readGroups(claims, settings.groupsClaim).length > 0;
  if (isWhole || configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
  const more = await fetchUserInfo(configuration, tokens.access_token, claims.sub);
  return { ...more, ...claims };
}

function personOf(claims: Claims, settings: OidcConfig): ProvenPerson {
  const { iss, sub } = claims;
  const person = PersonSchema.parse(claims);
  return {
    issuer: iss,
    subject: sub,
    name: person.name ?? person.preferred_username,
    email: person.email,
    isEmailVerified: person.email_verified ?? settings.trustEmail,
    groups: readGroups(claims, settings.groupsClaim),
  };
}
