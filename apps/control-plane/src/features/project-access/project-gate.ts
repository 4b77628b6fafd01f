import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { ProjectLevel } from '@spt-flow/shared/domain/project-access';
import * as z from 'zod';
import type { Principal } from '../../lib/principal.ts';
import { holdsStorableTexts } from '../../lib/storable-text.ts';
import { pathOf } from '../../lib/upgrade-router.ts';
import type { ProjectAccess } from './project-access.ts';
import { GUARDED_NOUNS, type Guarded } from './project-access-repository.ts';

const ROUTE = /^\/api\/v1\/([a-z-]+)\/:(\w+)/;
/** As the router gives them; what they must look like is the contract's matter. */
const ParamsSchema = z.record(z.string(), z.string());
const SOCKET = /^\/api\/v1\/workspaces\/([^/]+)\//;

/**
 * projectGate stands before every route whose path names something of a project, whichever feature serves it: who may
 * not reach it finds nothing, and who may only look is let in as somebody who may only read.
 */
export const projectGate = fp(function gate(
  app: FastifyInstance,
  { access }: { access: ProjectAccess },
  done: () => void,
) {
  async function admit(request: FastifyRequest, guarded: Guarded): Promise<void> {
    const principal = await request.authenticate();
    request.principal = await access.admit(principal, guarded, neededOf(request));
  }

  // Before the body is read, as the check of who asks. Without a promise for what is not guarded.
  app.addHook('preParsing', (request, _reply, _body, next) => {
    const guarded = guardedOf(request);
    if (guarded) admit(request, guarded).then(() => next(), next);
    else next();
  });
  done();
});

/** gateSockets does the same for connections that are no requests: it throws as it lets nobody in. */
export function gateSockets(
  authenticate: (request: IncomingMessage) => Promise<Principal | undefined>,
  access: Pick<ProjectAccess, 'admit'>,
): (request: IncomingMessage) => Promise<Principal | undefined> {
  return async (request) => {
    const principal = await authenticate(request);
    const handle = SOCKET.exec(pathOf(request))?.[1];
    if (!principal || handle === undefined) return principal;
    return access.admit(principal, { noun: 'workspaces', handle: decoded(handle) });
  };
}

function guardedOf({ routeOptions, params }: FastifyRequest): Guarded | undefined {
  const [, noun, parameter = ''] = ROUTE.exec(routeOptions.url ?? '') ?? [];
  const known = GUARDED_NOUNS.find((one) => one === noun);
  const handle = ParamsSchema.safeParse(params).data?.[parameter];
  // What the database can not hold is the name of nothing; the route itself refuses it.
  if (!known || handle === undefined || !holdsStorableTexts(handle)) return undefined;
  return { noun: known, handle };
}

/** Routes without a contract, such as streams of files, say nothing about it. */
function neededOf({ routeOptions, method }: FastifyRequest): ProjectLevel {
  return routeOptions.config.level ?? (method === 'GET' || method === 'HEAD' ? 'view' : 'use');
}

/** AppError `not_found` for what can be the name of nothing. */
function decoded(text: string): string {
  try {
    const handle = decodeURIComponent(text);
    if (holdsStorableTexts(handle)) return handle;
    throw new AppError('not_found');
  } catch (cause) {
    throw new AppError('not_found', undefined, { cause });
  }
}
