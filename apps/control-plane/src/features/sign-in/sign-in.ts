import type { SignInConfig } from '@spt-flow/config/sign-in';
import type { Database } from '@spt-flow/db/client';
import { signInCallbackPath } from '@spt-flow/shared/api/sign-in';
import type { Clock } from '../../lib/clock.ts';
import type { AuthRepository } from '../auth/index.ts';
import { createFollowGroups, createGroupsRepository } from '../groups/index.ts';
import { createInvitationsRepository, createMembersRepository } from '../members/index.ts';
import { createAdmission } from './admission.ts';
import { createAttempts } from './attempts.ts';
import { createIdentitiesRepository } from './identities-repository.ts';
import { createGithubMethod } from './methods/github-method.ts';
import { reasonOf } from './methods/failure.ts';
import { createOidcMethod } from './methods/oidc-method.ts';
import { createSignInService, type OfferedMethod, type SignInDeps } from './sign-in-service.ts';
import { createSignUp } from './sign-up.ts';

export interface SignInParts extends Pick<SignInDeps, 'auth' | 'audit' | 'onRevoked'> {
  readonly db: Database;
  readonly accounts: AuthRepository;
  readonly settings: SignInConfig;
  readonly secrets: {
    readonly oidcClientSecret: string | undefined;
    readonly githubClientSecret: string | undefined;
  };
  readonly secretKey: string;
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
}

/** createSignIn is how people come in: by whom they are elsewhere, or without an invitation. */
export function createSignIn(parts: SignInParts) {
  const { db, settings, accounts, auth, audit, onRevoked, publicUrl } = parts;
  const identities = createIdentitiesRepository(db);
  const invitations = createInvitationsRepository(db);
  const methods = methodsOf(parts);
  const admission = createAdmission({ identities, invitations, accounts, audit, settings });
  const members = createMembersRepository(db);
  return {
    ...{ methods, publicUrl, passwords: settings.passwords },
    signIn: createSignInService({
      ...{ methods, settings, identities, members, invitations, admission },
      ...{ auth, audit, onRevoked },
      followGroups: createFollowGroups({ repository: createGroupsRepository(db), audit }),
    }),
    signUp: createSignUp({ settings, identities, accounts, auth, audit }),
    attempts: createAttempts({
      secretKey: parts.secretKey,
      clock: parts.clock,
      secureCookies: publicUrl.startsWith('https:'),
    }),
    /** Asks each method whether it is there, so that the first page knows; nobody waits for it. */
    start(): void {
      for (const method of methods) method.isAnswering();
    },
  };
}

function methodsOf({ settings, secrets, publicUrl, clock, warn }: SignInParts): OfferedMethod[] {
  const { oidc, github } = settings;
  const offered: OfferedMethod[] = [];
  if (oidc) {
    const method = createOidcMethod({
      ...{ settings: oidc, clientSecret: secrets.oidcClientSecret, clock },
      redirectUri: `${publicUrl}${signInCallbackPath('oidc')}`,
      signedOutUri: `${publicUrl}/login`,
      onError: (error) => warn(`${oidc.name}: ${reasonOf(error)}`),
    });
    offered.push({ ...method, policy: oidc });
  }
  if (github) {
    const method = createGithubMethod({
      ...{ settings: github, clientSecret: secrets.githubClientSecret ?? '' },
      redirectUri: `${publicUrl}${signInCallbackPath('github')}`,
    });
    const roles = github.roles?.map((rule) => ({ ...rule, group: rule.group.toLowerCase() }));
    offered.push({
      ...method,
      policy: { roles: roles ?? null, withoutGroup: github.withoutGroup },
    });
  }
  return offered;
}
