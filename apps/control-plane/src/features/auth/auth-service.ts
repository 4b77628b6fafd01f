import type { Me } from '@spt-flow/shared/api/auth';
import { AppError } from '@spt-flow/shared/domain/errors';
import { scopeOfRole, permits, type Scope } from '@spt-flow/shared/domain/roles';
import { slugify } from '@spt-flow/shared/domain/slug';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { CredentialCheck, Principal } from '../../lib/principal.ts';
import { hashToken, newToken } from '../../lib/tokens.ts';
import type { Account, AuthRepository } from './auth-repository.ts';
import { hashPassword, verifyPassword } from './passwords.ts';

export const LOGIN_TTL_SECONDS = 30 * 24 * 3600;

export interface SetupInput {
  readonly token: string;
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly organizationName?: string | undefined;
}

export type AuthService = ReturnType<typeof createAuthService>;

export function createAuthService(deps: {
  repository: AuthRepository;
  audit: Audit;
  clock: Clock;
}) {
  const { repository, audit, clock } = deps;

  async function startLogin(account: Account): Promise<{ token: string; me: Me }> {
    const token = newToken('login');
    await repository.createLogin({
      userId: account.userId,
      organizationId: account.organizationId,
      tokenHash: hashToken(token),
      expiresAt: loginExpiry(clock),
    });
    return { token, me: toMe(account) };
  }

  return {
    needsSetup: async () => !(await repository.hasUsers()),

    /** Returns the token of a fresh setup link, or undefined once somebody has set spt-flow up. */
    async prepareSetup(): Promise<string | undefined> {
      if (await repository.hasUsers()) return undefined;
      const token = newToken('setup');
      await repository.replaceSetupToken(hashToken(token));
      return token;
    },

    async setup(input: SetupInput, correlationId: string): Promise<{ token: string; me: Me }> {
      if (await repository.hasUsers()) throw new AppError('setup_done');
      const passwordHash = await hashPassword(input.password);
      const account = await repository.transaction(async (tx) => {
        if (!(await repository.useSetupToken(hashToken(input.token), tx)))
          throw new AppError('setup_token_invalid');
        const name = input.organizationName ?? `${input.name}'s team`;
        const organizationId = await repository.createOrganization(
          { name, slug: slugify(name, 'team') },
          tx,
        );
        const userId = await repository.createUser(
          { email: input.email, name: input.name, passwordHash },
          tx,
        );
        await repository.addMember({ organizationId, userId, role: 'admin' }, tx);
        await audit.record(
          {
            organizationId,
            principal: `user:${userId}`,
            action: 'organization.setup',
            target: organizationId,
            correlationId,
          },
          tx,
        );
        return repository.findAccount(userId, organizationId, tx);
      });
      if (!account) throw new AppError('internal');
      return startLogin(account);
    },

    async login(
      input: { email: string; password: string },
      correlationId: string,
    ): Promise<{ token: string; me: Me }> {
      const account = await repository.findAccountByEmail(input.email);
      const right = await verifyPassword(account?.passwordHash, input.password);
      if (!account || !right) throw new AppError('wrong_credentials');
      await audit.record({
        organizationId: account.organizationId,
        principal: `user:${account.userId}`,
        action: 'login.start',
        target: account.userId,
        correlationId,
      });
      return startLogin(account);
    },

    async logout(principal: Principal): Promise<void> {
      if (principal.via.kind === 'login') await repository.deleteLogin(principal.via.id);
    },

    async me(principal: Principal): Promise<Me> {
      const account = await repository.findAccount(principal.userId, principal.organizationId);
      if (!account) throw new AppError('not_authenticated');
      return toMe(account);
    },
  };
}

/** createCredentialCheck resolves cookies and bearer tokens for every request. */
export function createCredentialCheck(repository: AuthRepository, clock: Clock): CredentialCheck {
  return {
    async byLogin(token) {
      const found = await repository.findLogin(hashToken(token), loginExpiry(clock));
      return (
        found &&
        toPrincipal(found, scopeOfRole(found.role), { kind: 'login', id: found.credentialId })
      );
    },
    async byApiToken(token) {
      const found = await repository.findApiToken(hashToken(token));
      if (!found) return undefined;
      return toPrincipal(found, narrower(scopeOfRole(found.role), found.scope), {
        kind: 'token',
        id: found.credentialId,
      });
    },
  };
}

function narrower(left: Scope, right: Scope): Scope {
  return permits(left, right) ? right : left;
}

function loginExpiry(clock: Clock): Date {
  return new Date(clock.now().getTime() + LOGIN_TTL_SECONDS * 1000);
}

export function toMe(account: Account): Me {
  return {
    id: account.userId,
    email: account.userEmail,
    name: account.userName,
    role: account.role,
    organization: {
      id: account.organizationId,
      name: account.organizationName,
      slug: account.organizationSlug,
    },
  };
}

function toPrincipal(account: Account, scope: Scope, via: Principal['via']): Principal {
  const { userId, userName, userEmail, organizationId, role } = account;
  return { userId, userName, userEmail, organizationId, role, scope, via };
}
