import type { FastifyInstance, FastifyReply } from 'fastify';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { tokenRoutes } from '@spt-flow/shared/api/tokens';
import { registerRoute } from '../../lib/register-route.ts';
import { sessionCookie } from '../../plugins/authentication.ts';
import { LOGIN_TTL_SECONDS, toMe, type AuthService } from './auth-service.ts';
import type { TokenService } from './token-service.ts';

/** SessionCookie is how a browser keeps a login. */
export interface SessionCookie {
  set(reply: FastifyReply, token: string): void;
  clear(reply: FastifyReply): void;
}

/** createSessionCookie marks the cookie Secure when people reach the dashboard by https. */
export function createSessionCookie({ secure }: { secure: boolean }): SessionCookie {
  const name = sessionCookie(secure);
  return {
    set(reply, token) {
      reply.setCookie(name, token, {
        httpOnly: true,
        sameSite: 'lax',
        secure,
        path: '/',
        maxAge: LOGIN_TTL_SECONDS,
      });
    },
    clear(reply) {
      reply.clearCookie(name, { path: '/', secure });
    },
  };
}

export interface AuthRoutesDeps {
  readonly auth: AuthService;
  readonly tokens: TokenService;
  readonly session: SessionCookie;
}

export function registerAuthRoutes(app: FastifyInstance, deps: AuthRoutesDeps): void {
  const { auth, tokens, session } = deps;

  registerRoute(app, authRoutes.setupStatus, async () => ({ needed: await auth.needsSetup() }));
  registerRoute(app, authRoutes.setup, async ({ body, correlationId, reply }) => {
    const { token, me } = await auth.setup(body, correlationId);
    session.set(reply, token);
    return me;
  });
  registerRoute(app, authRoutes.login, async ({ body, correlationId, reply }) => {
    const { token, me } = await auth.login(body, correlationId);
    session.set(reply, token);
    return me;
  });
  registerRoute(app, authRoutes.logout, async ({ principal, reply }) => {
    await auth.logout(principal);
    session.clear(reply);
    return {};
  });
  registerRoute(app, authRoutes.me, async ({ principal }) => toMe(principal));
  registerTokenRoutes(app, tokens);
}

function registerTokenRoutes(app: FastifyInstance, tokens: TokenService): void {
  registerRoute(app, tokenRoutes.startDeviceLogin, ({ body }) =>
    tokens.startDeviceLogin(body.clientName),
  );
  registerRoute(app, tokenRoutes.finishDeviceLogin, ({ body }) =>
    tokens.finishDeviceLogin(body.deviceCode),
  );
  registerRoute(app, tokenRoutes.showDeviceLogin, ({ params }) =>
    tokens.showDeviceLogin(params.userCode),
  );
  registerRoute(
    app,
    tokenRoutes.approveDeviceLogin,
    async ({ principal, params, body, correlationId }) => {
      await tokens.decideDeviceLogin(
        principal,
        { userCode: params.userCode, approve: body.approve },
        correlationId,
      );
      return {};
    },
  );
  registerRoute(app, tokenRoutes.listTokens, async ({ principal }) => ({
    items: await tokens.list(principal),
  }));
  registerRoute(app, tokenRoutes.createToken, ({ principal, body, correlationId }) =>
    tokens.create(principal, body, correlationId),
  );
  registerRoute(app, tokenRoutes.revokeToken, async ({ principal, params, correlationId }) => {
    await tokens.revoke(principal, params.id, correlationId);
    return {};
  });
}
