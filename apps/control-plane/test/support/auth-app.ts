import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { Database } from '@spt-flow/db/client';
import {
  createAuthRepository,
  createAuthService,
  createCredentialCache,
  createCredentialCheck,
  createPreviewSessionsRepository,
  createSessionCookie,
  createTokenService,
  registerAuthRoutes,
} from '../../src/features/auth/index.ts';
import { createMembership, registerMemberRoutes } from '../../src/features/members/index.ts';
import { createHttpApp, type HttpAppOptions } from '../../src/http-app.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { createUpgradeRouter } from '../../src/lib/upgrade-router.ts';

export const OWN_ORIGIN = 'http://localhost:8080';

/** createAuthApp is the HTTP shell with the sign-in routes on a real database. */
export async function createAuthApp(
  db: Database,
  clock: Clock,
  {
    publicUrl = OWN_ORIGIN,
    ...options
  }: Partial<Pick<HttpAppOptions, 'trustedProxies' | 'bodyDeadlineMs'>> & {
    publicUrl?: string;
  } = {},
) {
  const repository = createAuthRepository(db);
  const audit = createAudit(db);
  const credentials = createCredentialCache(
    createCredentialCheck(repository, createPreviewSessionsRepository(db), clock),
    clock,
  );
  const onRevoked = credentials.forget;
  const auth = createAuthService({ repository, audit, clock, onRevoked });
  const tokens = createTokenService({
    repository,
    audit,
    clock,
    publicUrl,
    onRevoked,
  });
  const upgradeRouter = createUpgradeRouter();
  const authentication = {
    credentials,
    isOwnOrigin: (origin: string) => origin === publicUrl,
    secureCookies: publicUrl.startsWith('https:'),
  };
  const registry = new Registry();
  const app = await createHttpApp({
    logger: pino({ level: 'silent' }),
    version: '0.0.0-test',
    registry,
    authentication,
    interceptRequest: () => false,
    routeUpgrade: upgradeRouter.route,
    frameSource: "'none'",
    ...options,
  });
  const session = createSessionCookie({ secure: authentication.secureCookies });
  const membership = createMembership({
    ...{ db, accounts: repository, auth, audit, clock, onRevoked },
    publicUrl: OWN_ORIGIN,
  });
  registerMemberRoutes(app, { ...membership, session });
  registerAuthRoutes(app, { auth, tokens, session });
  return {
    app,
    membership,
    registry,
    auth,
    authentication,
    credentials,
    upgradeRouter,
    repository,
  };
}
