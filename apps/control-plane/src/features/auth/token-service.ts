import { AppError } from '@spt-flow/shared/domain/errors';
import { permits, scopeOfRole, type Scope } from '@spt-flow/shared/domain/roles';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import { hashToken, newToken, newUserCode } from '../../lib/tokens.ts';
import { toMe } from './auth-service.ts';
import type { AuthRepository } from './auth-repository.ts';

const DEVICE_LOGIN_TTL_SECONDS = 600;
const DEVICE_POLL_SECONDS = 2;
const DAY_MS = 24 * 3600 * 1000;
const DEVICE_TOKEN_DAYS = 90;

export type TokenService = ReturnType<typeof createTokenService>;

export interface NewToken {
  readonly name: string;
  readonly scope: Scope;
  readonly expiresInDays: number | null;
}

/** createTokenService manages API tokens and the device logins (RFC 8628) that end in one. */
export function createTokenService(deps: {
  repository: AuthRepository;
  audit: Audit;
  clock: Clock;
  publicUrl: string;
  onRevoked: (organizationId: string) => void;
}) {
  const { repository, audit, clock } = deps;

  return {
    async list(principal: Principal) {
      return (await repository.listApiTokens(principal)).map(toApiToken);
    },

    async create(principal: Principal, input: NewToken, correlationId: string) {
      assertWhole(principal);
      if (!permits(principal.scope, input.scope))
        throw new AppError('not_permitted', 'A token cannot permit more than you may do');
      const token = newToken('api');
      const row = await repository.createApiToken({
        userId: principal.userId,
        organizationId: principal.organizationId,
        name: input.name,
        scope: input.scope,
        tokenHash: hashToken(token),
        expiresAt:
          input.expiresInDays === null
            ? null
            : new Date(clock.now().getTime() + input.expiresInDays * DAY_MS),
      });
      const { organizationId } = principal;
      await audit.record({
        organizationId,
        principal: auditName(principal),
        action: 'token.create',
        target: row.id,
        correlationId,
      });
      return { ...toApiToken(row), token };
    },

    /** A token may always give itself up. */
    async revoke(principal: Principal, id: string, correlationId: string): Promise<void> {
      if (id !== principal.via.id) assertWhole(principal);
      if (!(await repository.deleteApiToken(principal, id))) throw new AppError('not_found');
      const { organizationId } = principal;
      deps.onRevoked(organizationId);
      await audit.record({
        organizationId,
        principal: auditName(principal),
        action: 'token.revoke',
        target: id,
        correlationId,
      });
    },

    async startDeviceLogin(clientName: string) {
      const deviceCode = newToken('device');
      const userCode = newUserCode();
      await repository.createDeviceLogin({
        tokenHash: hashToken(deviceCode),
        userCode,
        clientName,
        expiresAt: new Date(clock.now().getTime() + DEVICE_LOGIN_TTL_SECONDS * 1000),
      });
      return {
        deviceCode,
        userCode,
        verificationUrl: `${deps.publicUrl}/device?code=${userCode}`,
        expiresInSeconds: DEVICE_LOGIN_TTL_SECONDS,
        intervalSeconds: DEVICE_POLL_SECONDS,
      };
    },

    async showDeviceLogin(userCode: string) {
      const row = await repository.findDeviceLogin({ userCode });
      if (!row || row.approved !== null || row.expiresAt <= clock.now())
        throw new AppError('not_found', 'This code is not waiting for approval');
      return { clientName: row.clientName, requestedAt: row.createdAt.toISOString() };
    },

    async decideDeviceLogin(
      principal: Principal,
      input: { userCode: string; approve: boolean },
      correlationId: string,
    ): Promise<void> {
      assertWhole(principal);
      const decided = await repository.decideDeviceLogin(input.userCode, {
        approved: input.approve,
        approvedBy: principal.userId,
        organizationId: principal.organizationId,
      });
      if (!decided) throw new AppError('not_found', 'This code is not waiting for approval');
      await audit.record({
        organizationId: principal.organizationId,
        principal: auditName(principal),
        action: input.approve ? 'device-login.approve' : 'device-login.deny',
        target: input.userCode,
        correlationId,
      });
    },

    async finishDeviceLogin(deviceCode: string) {
      const row = await repository.findDeviceLogin({ tokenHash: hashToken(deviceCode) });
      if (!row || row.expiresAt <= clock.now() || row.approved === false)
        throw new AppError('login_expired');
      const { approvedBy, organizationId } = row;
      if (row.approved === null || approvedBy === null || organizationId === null)
        throw new AppError('login_pending');
      return repository.transaction(async (tx) => {
        if (!(await repository.redeemDeviceLogin(row.id, tx))) throw new AppError('login_expired');
        const account = await repository.findAccount(approvedBy, organizationId, tx);
        if (!account) throw new AppError('login_expired');
        const token = newToken('api');
        const expiresAt = new Date(clock.now().getTime() + DEVICE_TOKEN_DAYS * DAY_MS);
        await repository.createApiToken(
          {
            userId: approvedBy,
            organizationId,
            name: row.clientName,
            scope: 'admin',
            tokenHash: hashToken(token),
            expiresAt,
          },
          tx,
        );
        return { token, me: toMe(account) };
      });
    },
  };
}

/** What was given less than its person may do must not come to more, nor outlive itself, by way of another token. */
export function assertWhole({ scope, role }: Principal): void {
  if (scope === scopeOfRole(role)) return;
  throw new AppError('scope_missing', 'Sign in, or use a token with all of your rights');
}

function toApiToken(row: {
  id: string;
  name: string;
  scope: Scope;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
}) {
  return {
    id: row.id,
    name: row.name,
    scope: row.scope,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}
