import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '@spt-flow/shared/domain/errors';
import { PROJECT_NOUNS, type ProjectLevel } from '@spt-flow/shared/domain/project-access';
import * as z from 'zod';
import type { Principal } from '../../lib/principal.ts';
import { holdsStorableTexts } from '../../lib/storable-text.ts';
import { pathOf } from '../../lib/upgrade-router.ts';
import type { ProjectAccess } from './project-access.ts';
import type { Guarded } from './project-access-repository.ts';

const ROUTE = /^\/api\/v1\/([a-z-]+)\/:(\w+)/;
/** As the router gives them; what they must look like is the contract's matter. */
const ParamsSchema = z.record(z.string(), z.string());
const FieldsSchema = z.record(z.string(), z.unknown()).catch({});
const HandlesSchema = z.array(z.string());
const SOCKET = /^\/api\/v1\/workspaces\/([^/]+)\//;

type Admit = (request: FastifyRequest, guarded: Guarded) => Promise<void>;

/**
 * projectGate stands before every route whose path, query or body names something of a project, whichever feature serves
 * it: who may not reach it finds nothing, and who may only look is let in as somebody who may only read.
 */
export const projectGate = fp(function gate(
  app: FastifyInstance,
  { access }: { access: ProjectAccess },
  done: () => void,
) {
  async function admit(request: FastifyRequest, guarded: Guarded): Promise<void> {
    const principal = await request.authenticate();
    request.principal = await access.admit(principal, guarded, neededOf(request));
    const before = request.repeatAdmission;
    request.repeatAdmission = async (again) => {
      await before?.(again);
      await access.admit(again, guarded, neededOf(request));
    };
  }

  // What a route names is known before the first request, so that others pay nothing.
  app.addHook('onRoute', (route) => {
    guardPath(route, admit);
    guardFields(route, admit);
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

/** Before the body is read, and before the route's own check of who asks. */
function guardPath(route: RouteOptions, admit: Admit): void {
  const [, first, parameter = ''] = ROUTE.exec(route.url) ?? [];
  const noun = PROJECT_NOUNS.find((one) => one === first);
  if (!noun) return;
  const others = [route.preParsing ?? []].flat();
  route.preParsing = [
    (request, _reply, _body, next) => {
      const handle = ParamsSchema.safeParse(request.params).data?.[parameter];
      // What the database can not hold is the name of nothing; the route itself refuses it.
      if (handle === undefined || !holdsStorableTexts(handle)) next();
      else admit(request, { noun, handle }).then(() => next(), next);
    },
    ...others,
  ];
}

/** Once query and body are what the contract says. */
function guardFields(route: RouteOptions, admit: Admit): void {
  const names = Object.entries(route.config?.names ?? {});
  if (names.length === 0) return;
  const others = [route.preHandler ?? []].flat();
  route.preHandler = [
    async (request) => {
      const parts = [request.query, request.body].map((part) => FieldsSchema.parse(part));
      for (const [field, noun] of names) {
        const handles = parts.flatMap((part) => part[field] ?? []);
        for (const handle of new Set(HandlesSchema.parse(handles)))
          await admit(request, { noun, handle });
      }
    },
    ...others,
  ];
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
