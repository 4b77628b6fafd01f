import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import fastifyCookie from '@fastify/cookie';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { CredentialCheck, Principal } from '../lib/principal.ts';

const SESSION_COOKIE = 'spt_flow_session';
/** Every name that it ever has. */
export const SESSION_COOKIES = [true, false].map(sessionCookie);
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * sessionCookie names the cookie of a login. Browsers take one with this prefix from the dashboard's own host only:
 * apps answer at names beside or below it, and could else plant the cookie of an account of their own.
 */
export function sessionCookie(secure: boolean): string {
  return secure ? `__Host-${SESSION_COOKIE}` : SESSION_COOKIE;
}

export interface AuthenticationOptions {
  readonly credentials: CredentialCheck;
  /** Origin of the dashboard, for requests that carry a cookie. */
  readonly isOwnOrigin: (origin: string, host: string | undefined) => boolean;
  /** People reach the dashboard by https. */
  readonly secureCookies: boolean;
}

export const authenticationPlugin = fp(function authentication(
  app: FastifyInstance,
  options: AuthenticationOptions,
  done: () => void,
) {
  app.decorateRequest('principal', undefined);
  app.decorateRequest('authenticate', async function authenticate(this: FastifyRequest) {
    this.principal ??= await authenticateRequest(this.raw, options);
    if (this.principal) return this.principal;
    throw new AppError('not_authenticated');
  });
  done();
});

/**
 * authenticateRequest accepts a bearer token, or the session cookie. Browsers send cookies by themselves, so
 * whatever a cookie may change (and every WebSocket) must also come from our own origin.
 */
export async function authenticateRequest(
  request: IncomingMessage,
  options: AuthenticationOptions,
): Promise<Principal | undefined> {
  const bearer = /^Bearer (\S{20,200})$/.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return options.credentials.byApiToken(bearer);
  const cookies = fastifyCookie.parse(request.headers.cookie ?? '');
  const cookie = cookies[sessionCookie(options.secureCookies)];
  if (cookie === undefined || cookie.length > 200) return undefined;
  const changes =
    !SAFE_METHODS.has(request.method ?? 'GET') || request.headers.upgrade !== undefined;
  if (changes) assertOwnOrigin(request, options);
  return options.credentials.byLogin(cookie);
}

function assertOwnOrigin(request: IncomingMessage, options: AuthenticationOptions): void {
  const origin = request.headers.origin;
  if (origin !== undefined && options.isOwnOrigin(origin, request.headers.host)) return;
  throw new AppError('wrong_origin');
}
