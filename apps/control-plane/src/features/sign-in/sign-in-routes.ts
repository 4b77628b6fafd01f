import fastifyCookie from '@fastify/cookie';
import { signInRoutes, type MethodId } from '@spt-flow/shared/api/sign-in';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { registerRoute } from '../../lib/register-route.ts';
import { hashToken } from '../../lib/tokens.ts';
import { assertWhole, type SessionCookie } from '../auth/index.ts';
import { ATTEMPT_SECONDS, type Attempt, type Attempts, type Cookie } from './attempts.ts';
import { reasonOf } from './methods/failure.ts';
import type { SignInService } from './sign-in-service.ts';
import type { SignUp } from './sign-up.ts';

export interface SignInRoutesDeps {
  readonly signIn: SignInService;
  readonly signUp: SignUp;
  readonly attempts: Attempts;
  readonly session: SessionCookie;
  readonly passwords: boolean;
  /** Where methods send browsers back to. */
  readonly publicUrl: string;
}

export function registerSignInRoutes(app: FastifyInstance, deps: SignInRoutesDeps): void {
  const { signIn, signUp } = deps;
  registerRoute(app, signInRoutes.methods, async () => ({
    passwords: deps.passwords,
    signUp: signUp.isOpen,
    methods: signIn.methods.map((method) => ({
      id: method.id,
      name: method.name,
      isAnswering: method.isAnswering(),
      signOutUrl: method.signOutUrl(),
    })),
  }));
  registerRoute(app, signInRoutes.signUp, async ({ body, correlationId, reply }) => {
    const { token, me } = await signUp.signUp(body, correlationId);
    deps.session.set(reply, token);
    return me;
  });
  registerStart(app, deps);
  registerIdentityRoutes(app, signIn);
  // A page that browsers pass through: whatever becomes of it, they end at one that says so.
  app.get<{ Params: { id: string } }>(
    '/api/v1/auth/callback/:id',
    { schema: { hide: true } },
    (request, reply) => comeBack(deps, request, reply),
  );
}

function registerStart(app: FastifyInstance, deps: SignInRoutesDeps): void {
  const { signIn, attempts } = deps;

  async function begin(
    begun: Pick<Attempt, 'method' | 'linkTo' | 'invitationHash'> & { next?: string | undefined },
    {
      request,
      reply,
      askAgain,
    }: { request: FastifyRequest; reply: FastifyReply; askAgain: boolean },
  ): Promise<{ url: string }> {
    const method = signIn.method(begun.method);
    assertWayBack(request, deps.publicUrl);
    const { challenge, cookie } = attempts.make(begun);
    const url = await method.begin(challenge, { askAgain });
    for (const name of attempts.surplus(Object.keys(cookiesOf(request))))
      setCookie(reply, { name, value: '' }, { maxAge: 0 });
    setCookie(reply, cookie, { maxAge: ATTEMPT_SECONDS });
    return { url: url.href };
  }

  registerRoute(app, signInRoutes.start, ({ params, body, request, reply }) => {
    const { next, askAgain, invitation } = body;
    const invitationHash = invitation === undefined ? undefined : hashToken(invitation);
    return begin({ method: params.method, next, invitationHash }, { request, reply, askAgain });
  });
  registerRoute(app, signInRoutes.link, async ({ principal, params, body, request, reply }) => {
    assertWhole(principal);
    if (principal.via.kind !== 'login')
      throw new AppError('not_permitted', 'Accounts are linked with a browser');
    const begun = { method: params.method, next: body.next, linkTo: principal.userId };
    // Who happens to be signed in there need not be who is to be linked.
    return begin(begun, { request, reply, askAgain: true });
  });
}

function registerIdentityRoutes(app: FastifyInstance, signIn: SignInService): void {
  registerRoute(app, signInRoutes.identities, ({ principal }) => signIn.list(principal));
  registerRoute(app, signInRoutes.unlink, async ({ principal, params, correlationId }) => {
    await signIn.unlink(principal, params.id, correlationId);
    return {};
  });
}

/** The cookie would wait at another address than the one people are sent back to. */
function assertWayBack(request: FastifyRequest, publicUrl: string): void {
  const { hostname, origin } = new URL(publicUrl);
  const asked = `http://${request.host}`;
  if (URL.canParse(asked) && new URL(asked).hostname === hostname) return;
  throw new AppError('wrong_origin', `To sign in, open ${origin}`);
}

async function comeBack(
  deps: SignInRoutesDeps,
  request: FastifyRequest<{ Params: { id: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const cameBackAs = new URL(request.url, deps.publicUrl);
  const state = cameBackAs.searchParams.get('state');
  const name = deps.attempts.cookieName(state);
  const value = name && cookiesOf(request)[name];
  // Whatever comes of it, it is used up.
  if (name !== undefined) setCookie(reply, { name, value: '' }, { maxAge: 0 });
  const method = deps.signIn.methods.find(({ id }) => id === request.params.id);
  const attempt =
    method && name && value ? deps.attempts.open(method.id, { name, value }) : undefined;
  try {
    if (!method || !attempt) throw new AppError('sign_in_expired');
    await finish(deps, { id: method.id, attempt, cameBackAs }, { request, reply });
    return await reply.redirect(attempt.next, 303);
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'internal';
    request.log.warn({ code, reason: reasonOf(error) }, 'sign-in refused');
    return reply.redirect(pageOf(code, attempt, request.id), 303);
  }
}

async function finish(
  { signIn, session }: SignInRoutesDeps,
  { id, attempt, cameBackAs }: { id: MethodId; attempt: Attempt; cameBackAs: URL },
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<void> {
  const method = signIn.method(id);
  const person = await method.finish(attempt.challenge, cameBackAs);
  const proof = { method, person, correlationId: request.id };
  if (attempt.linkTo === undefined) {
    const { token } = await signIn.signIn({ ...proof, invitationHash: attempt.invitationHash });
    session.set(reply, token);
    return;
  }
  const principal = await request.authenticate();
  // Somebody else has signed in here meanwhile.
  if (principal.userId !== attempt.linkTo) throw new AppError('sign_in_expired');
  await signIn.link(principal, proof);
}

/** Where the dashboard says what became of it. */
function pageOf(code: string, attempt: Attempt | undefined, correlationId: string): string {
  const query = new URLSearchParams({ problem: code, id: correlationId });
  if (attempt?.linkTo !== undefined) return `/settings?${query.toString()}`;
  if (attempt) query.set('next', attempt.next);
  return `/login?${query.toString()}`;
}

function cookiesOf(request: FastifyRequest): Record<string, string | undefined> {
  return fastifyCookie.parse(request.headers.cookie ?? '');
}

function setCookie(
  reply: FastifyReply,
  { name, value }: Cookie,
  { maxAge }: { maxAge: number },
): void {
  const secure = name.startsWith('__Host-');
  reply.setCookie(name, value, { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge });
}
