import type { Me } from '@spt-flow/shared/api/auth';
import { AppError } from '@spt-flow/shared/domain/errors';
import { scopeOfRole, permits, type Scope } from '@spt-flow/shared/domain/roles';
import { slugify } from '@spt-flow/shared/domain/slug';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { CredentialCheck, Principal, VisitorCheck } from '../../lib/principal.ts';
import { hashToken, newToken } from '../../lib/tokens.ts';
import type { Account, AuthRepository } from './auth-repository.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import type { PreviewSessionsRepository } from './preview-sessions-repository.ts';

export const LOGIN_TTL_SECONDS = 30 * 24 * 3600;
const TOUCH_INTERVAL_MS = 60_000;

export interface SetupInput {
  readonly token: string;
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly organizationName?: string | undefined;
}

/** ProvenElsewhere is a login that lasts no longer than what was proved there is believed. */
export interface ProvenElsewhere {
  readonly identityId: string;
  readonly seconds: number;
}

export type AuthService = ReturnType<typeof createAuthService>;

export function createAuthService(deps: {
  repository: AuthRepository;
  audit: Audit;
  clock: Clock;
  /** Something that opened doors no longer does. */
  onRevoked: (organizationId: string) => void;
  /** False where everybody signs in elsewhere. */
  passwords: boolean;
}) {
  const { repository, audit, clock } = deps;

  async function startLogin(
    account: Account,
    elsewhere?: ProvenElsewhere,
  ): Promise<{ token: string; me: Me }> {
    const token = newToken('login');
    await repository.createLogin({
      userId: account.userId,
      organizationId: account.organizationId,
      tokenHash: hashToken(token),
      identityId: elsewhere?.identityId,
      expiresAt: loginExpiry(clock, elsewhere?.seconds),
    });
    return { token, me: toMe(account) };
  }

  return {
    needsSetup: async () => !(await repository.hasUsers()),

    /**
     * Returns the token of a fresh setup link, or undefined once somebody has set spt-flow up. Links from before are worth
     * nothing then, unless they are kept: of several replicas each prints one, and nobody knows which of them is looked at.
     */
    async prepareSetup({ keepsEarlier = false } = {}): Promise<string | undefined> {
      if (await repository.hasUsers()) return undefined;
      const token = newToken('setup');
      await repository.addSetupToken(hashToken(token), { keepsEarlier });
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
      if (!deps.passwords) throw new AppError('passwords_off');
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

    /** A new login of somebody who proved otherwise who they are. */
    async signIn(
      who: { userId: string; organizationId: string },
      elsewhere?: ProvenElsewhere,
    ): Promise<{ token: string; me: Me }> {
      const account = await repository.findAccount(who.userId, who.organizationId);
      if (!account) throw new AppError('not_authenticated');
      return startLogin(account, elsewhere);
    },

    /** Ends the login, or revokes the token that was used. */
    async logout(principal: Principal): Promise<void> {
      const { kind, id } = principal.via;
      if (kind === 'login') await repository.deleteLogin(id);
      else await repository.deleteApiToken(principal, id);
      deps.onRevoked(principal.organizationId);
    },
  };
}

/** createCredentialCheck resolves cookies and bearer tokens. */
export function createCredentialCheck(
  repository: AuthRepository,
  previews: Pick<PreviewSessionsRepository, 'find'>,
  clock: Clock,
): CredentialCheck & VisitorCheck {
  return {
    async byLogin(token) {
      const found = await repository.findLogin(hashToken(token));
      if (!found) return undefined;
      if (isStale(found.lastSeenAt, clock)) {
        const isOurs = found.identityId === null;
        await repository.prolongLogin(found.credentialId, isOurs ? loginExpiry(clock) : undefined);
      }
      return toPrincipal(found, scopeOfRole(found.role), { kind: 'login', id: found.credentialId });
    },
    byPreview: (token, label) => previews.find(hashToken(token), label),
    async byApiToken(token) {
      const found = await repository.findApiToken(hashToken(token));
      if (!found) return undefined;
      if (isStale(found.lastUsedAt, clock)) await repository.touchApiToken(found.credentialId);
      return toPrincipal(found, narrower(scopeOfRole(found.role), found.scope), {
        kind: 'token',
        id: found.credentialId,
      });
    },
  };
}

/** People look at "last used" in minutes, so it is not written on every request. */
function isStale(at: Date | null, clock: Clock): boolean {
  return at === null || clock.now().getTime() - at.getTime() > TOUCH_INTERVAL_MS;
}

function narrower(left: Scope, right: Scope): Scope {
  return permits(left, right) ? right : left;
}

function loginExpiry(clock: Clock, seconds = LOGIN_TTL_SECONDS): Date {
  return new Date(clock.now().getTime() + seconds * 1000);
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
  const { userId, userName, userEmail, organizationId, organizationName, organizationSlug, role } =
    account;
  return {
    userId,
    userName,
    userEmail,
    organizationId,
    organizationName,
    organizationSlug,
    role,
    scope,
    via,
  };
}
