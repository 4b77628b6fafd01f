import type { Queryable } from '@spt-flow/db/client';
import { AppError } from '@spt-flow/shared/domain/errors';
import { permits, scopeOfRole, type Scope } from '@spt-flow/shared/domain/roles';
import type { Audit, AuditEntry } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import { hashToken, newToken, newUserCode } from '../../lib/tokens.ts';
import { toMe } from './auth-service.ts';
import { MAX_API_TOKENS, type AuthRepository } from './auth-repository.ts';

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

  function record(
    principal: Principal,
    entry: Pick<AuditEntry, 'action' | 'target' | 'correlationId'>,
    tx: Queryable,
  ): Promise<void> {
    const { organizationId } = principal;
    return audit.record({ ...entry, organizationId, principal: auditName(principal) }, tx);
  }

  /** One that is not listed could not be revoked. */
  async function addToken(values: Parameters<AuthRepository['createApiToken']>[0], tx: Queryable) {
    if (await repository.hasRoomForApiToken(values, tx))
      return repository.createApiToken(values, tx);
    throw new AppError(
      'limit_reached',
      `You have ${MAX_API_TOKENS} API tokens, which is the limit: revoke one`,
    );
  }

  return {
    async list(principal: Principal) {
      return (await repository.listApiTokens(principal)).map(toApiToken);
    },

    async create(principal: Principal, input: NewToken, correlationId: string) {
      assertWhole(principal);
      if (!permits(principal.scope, input.scope))
        throw new AppError('not_permitted', 'A token cannot permit more than you may do');
      const token = newToken('api');
      const { userId, organizationId } = principal;
      const { name, scope, expiresInDays: days } = input;
      const expiresAt = days === null ? null : new Date(clock.now().getTime() + days * DAY_MS);
      const values = { userId, organizationId, name, scope, expiresAt };
      const row = await repository.transaction(async (tx) => {
        const made = await addToken({ ...values, tokenHash: hashToken(token) }, tx);
        await record(principal, { action: 'token.create', target: made.id, correlationId }, tx);
        return made;
      });
      return { ...toApiToken(row), token };
    },

    /** A token may always give itself up. */
    async revoke(principal: Principal, id: string, correlationId: string): Promise<void> {
      if (id !== principal.via.id) assertWhole(principal);
      await repository.transaction(async (tx) => {
        if (!(await repository.deleteApiToken(principal, id, tx))) throw new AppError('not_found');
        await record(principal, { action: 'token.revoke', target: id, correlationId }, tx);
      });
      deps.onRevoked(principal.organizationId);
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
      const { userCode: target, approve: approved } = input;
      const { userId: approvedBy, organizationId } = principal;
      const action = approved ? 'device-login.approve' : 'device-login.deny';
      await repository.transaction(async (tx) => {
        const decision = { approved, approvedBy, organizationId };
        if (!(await repository.decideDeviceLogin(target, decision, tx)))
          throw new AppError('not_found', 'This code is not waiting for approval');
        await record(principal, { action, target, correlationId }, tx);
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
        await addToken(
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
