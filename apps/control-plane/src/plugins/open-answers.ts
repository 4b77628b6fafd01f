import { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { permits } from '@spt-flow/shared/domain/roles';
import type { AccessWatch } from '../lib/access-watch.ts';
import type { Principal } from '../lib/principal.ts';
import { authenticateRequest, type AuthenticationOptions } from './authentication.ts';

/** Who gives up rights of their own is told so first. */
const GRACE_MS = 1_000;

export interface OpenAnswersOptions {
  readonly watch: AccessWatch['watch'];
  readonly authentication: AuthenticationOptions;
}

/** openAnswersPlugin ends what takes long, such as a command or a download, for who may not ask for it any more. */
export const openAnswersPlugin = fp(function openAnswers(
  app: FastifyInstance,
  { watch, authentication }: OpenAnswersOptions,
  done: () => void,
) {
  async function isAllowed({ raw, principal, repeatAdmission }: FastifyRequest): Promise<boolean> {
    const again = await authenticateRequest(raw, authentication);
    if (!again || !principal || !permits(again.scope, principal.scope)) return false;
    await repeatAdmission?.(again);
    return true;
  }

  function watchAnswer(organizationId: string, request: FastifyRequest, reply: FastifyReply): void {
    const end = () => void setTimeout(() => reply.raw.destroy(), GRACE_MS).unref();
    const release = watch({ organizationId, isAllowed: () => isAllowed(request), end });
    reply.raw.once('close', release);
  }

  app.decorateRequest('repeatAdmission', undefined);
  app.addHook('preHandler', (request, reply, next) => {
    const { principal, raw } = request;
    // What this process asks itself has no connection: who let it ask is watched.
    if (principal && raw.socket instanceof Socket)
      watchAnswer(principal.organizationId, request, reply);
    next();
  });
  done();
});

declare module 'fastify' {
  interface FastifyRequest {
    /** What let the request into its project; throws for who may not go there. */
    repeatAdmission: ((principal: Principal) => Promise<unknown>) | undefined;
  }
}
