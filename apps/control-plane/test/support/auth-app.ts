import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { SignInConfig } from '@spt-flow/config/sign-in';
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
  type SessionCookie,
} from '../../src/features/auth/index.ts';
import {
  createBelongingsRepository,
  createHandOver,
  createMembership,
  registerMemberRoutes,
} from '../../src/features/members/index.ts';
import { createSignIn, registerSignInRoutes } from '../../src/features/sign-in/index.ts';
import { createHttpApp, type HttpAppOptions } from '../../src/http-app.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { createUpgradeRouter } from '../../src/lib/upgrade-router.ts';

export const OWN_ORIGIN = 'http://localhost:8080';

export const PASSWORDS_ONLY: SignInConfig = {
  oidc: null,
  github: null,
  passwords: true,
  linkByEmail: false,
  hours: 24,
  signUp: { who: 'nobody', domains: null, role: 'readonly' },
};

type AuthAppOptions = Partial<Pick<HttpAppOptions, 'trustedProxies' | 'bodyDeadlineMs'>> & {
  readonly publicUrl?: string;
  readonly signIn?: SignInConfig;
};

/** createAuthApp is the HTTP shell with the sign-in routes on a real database. */
export async function createAuthApp(
  db: Database,
  clock: Clock,
  { publicUrl = OWN_ORIGIN, signIn: settings = PASSWORDS_ONLY, ...options }: AuthAppOptions = {},
) {
  const repository = createAuthRepository(db);
  const audit = createAudit(db);
  const credentials = createCredentialCache(
    createCredentialCheck(repository, createPreviewSessionsRepository(db), clock),
    clock,
  );
  const onRevoked = credentials.forget;
  const auth = createAuthService({
    ...{ repository, audit, clock, onRevoked },
    passwords: settings.passwords,
  });
  const tokens = createTokenService({ repository, audit, clock, publicUrl, onRevoked });
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
    passwords: settings.passwords,
  });
  registerElsewhere(app, session, {
    ...{ db, accounts: repository, auth, audit, clock, onRevoked, publicUrl, settings },
  });
  const handOver = createHandOver({
    ...{ repository: createBelongingsRepository(db), members: membership.members, audit },
    stop: async () => undefined,
    onMoved: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  registerMemberRoutes(app, { ...membership, handOver, session });
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

function registerElsewhere(
  app: FastifyInstance,
  session: SessionCookie,
  parts: Omit<Parameters<typeof createSignIn>[0], 'secrets' | 'secretKey' | 'warn'>,
): void {
  const signIn = createSignIn({
    ...parts,
    secrets: { oidcClientSecret: 'secret-of-the-client', githubClientSecret: 'secret-of-the-app' },
    secretKey: 'a key that only these tests have, 32 long',
    warn: () => undefined,
  });
  registerSignInRoutes(app, { ...signIn, session });
}
