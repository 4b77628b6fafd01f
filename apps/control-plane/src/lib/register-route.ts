import type {
  FastifyContextConfig,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
} from 'fastify';
import { envelopeOf } from '@spt-flow/shared/api/envelope';
import type { RouteContract } from '@spt-flow/shared/api/route';
import { AppError } from '@spt-flow/shared/domain/errors';
import {
  levelForScope,
  type ProjectLevel,
  type ProjectNoun,
} from '@spt-flow/shared/domain/project-access';
import type * as z from 'zod';
import { assertScope, type Principal } from './principal.ts';
import { holdsStorableTexts } from './storable-text.ts';

/** Of strangers, who send names, addresses and tokens. */
const PUBLIC_BODY_LIMIT_BYTES = 64 * 1024;
/** A change set with many files is the largest. */
export const FILES_BODY_LIMIT_BYTES = 8 * 1024 * 1024;

type Parsed<T, K extends string> = T extends { [P in K]: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;

export interface RouteCall<T extends RouteContract> {
  readonly params: Parsed<T, 'params'>;
  readonly query: Parsed<T, 'query'>;
  readonly body: Parsed<T, 'body'>;
  readonly principal: T['access'] extends 'public' ? undefined : Principal;
  readonly correlationId: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** What Fastify hands over: parsed by the contract's schemas, which its types can't follow through a type parameter. */
interface ParsedCall {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly principal: Principal | undefined;
  readonly correlationId: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** registerRoute serves a contract: access, validation, envelope and documentation all come from it. */
export function registerRoute<const T extends RouteContract>(
  app: FastifyInstance,
  contract: T,
  handler: (call: RouteCall<T>) => Promise<z.input<T['response']>>,
): void;
export function registerRoute(
  app: FastifyInstance,
  contract: RouteContract,
  handler: (call: ParsedCall) => Promise<unknown>,
): void {
  const status = contract.status ?? 200;
  app.route({
    method: contract.method,
    url: contract.path,
    schema: schemaOf(contract, status),
    config: configOf(contract),
    ...(contract.access === 'public' && { bodyLimit: PUBLIC_BODY_LIMIT_BYTES }),
    ...(contract.takesFiles && { bodyLimit: FILES_BODY_LIMIT_BYTES }),
    // Before the body is read: strangers get no memory for theirs. After the limit of rates, as it asks the database.
    preParsing: async (request) => {
      if (contract.access !== 'public') assertScope(await request.authenticate(), contract.access);
    },
    preValidation: ({ params, query, body }, _reply, next) => {
      if ([params, query, body].every(holdsStorableTexts)) next();
      else
        next(new AppError('validation_failed', 'A text holds a character that is not permitted'));
    },
    handler: async (request, reply) => {
      const { params, query, body, principal, id } = request;
      const data = await handler({
        params,
        query,
        body,
        principal,
        correlationId: id,
        request,
        reply,
      });
      return reply.status(status).send({ success: true, data, error: null });
    },
  });
}

function schemaOf(contract: RouteContract, status: number): FastifySchema {
  return {
    summary: contract.summary,
    tags: [tagOf(contract.path)],
    ...(contract.params && { params: contract.params }),
    ...(contract.query && { querystring: contract.query }),
    ...(contract.body && { body: contract.body }),
    ...(contract.access !== 'public' && { security: [{ bearer: [] }, { cookie: [] }] }),
    response: { [status]: envelopeOf(contract.response) },
  };
}

function configOf({ access, level, names, ...contract }: RouteContract): FastifyContextConfig {
  return {
    ...(access !== 'public' && { level: level ?? levelForScope(access) }),
    ...(names !== undefined && { names }),
    ...(contract.auditedFirst && { auditedFirst: true as const }),
    ...(contract.unaudited !== undefined && { unaudited: contract.unaudited }),
  };
}

function tagOf(path: string): string {
  return path.split('/')[3] ?? 'api';
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route takes in a project that is restricted. */
    level?: ProjectLevel;
    /** Fields of query and body that name things of projects. */
    names?: Readonly<Record<string, ProjectNoun>>;
  }
}
