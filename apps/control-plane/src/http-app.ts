import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import cookie from '@fastify/cookie';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Registry } from 'prom-client';
import { CORRELATION_HEADER } from '@spt-flow/shared/api/common';
import { correlationIdOf } from './lib/correlation.ts';
import type { UpgradeHandler } from './lib/upgrade-router.ts';
import { authenticationPlugin, type AuthenticationOptions } from './plugins/authentication.ts';
import { bodyDeadlinePlugin } from './plugins/body-deadline.ts';
import { answerFrameworkError, errorsPlugin } from './plugins/errors.ts';
import { jsonBodyPlugin } from './plugins/json-body.ts';
import { metricsPlugin } from './plugins/metrics.ts';
import { openapiPlugin } from './plugins/openapi.ts';
import { rateLimitPlugin } from './plugins/rate-limit.ts';
import { securityHeadersPlugin, type SecurityHeaders } from './plugins/security-headers.ts';
import { tracingPlugin } from './plugins/tracing.ts';
import type { Tracer } from './lib/tracing/tracer.ts';

/** Of what carries no files. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** Backups of workspaces are sent for as long as they need; heads of requests have a minute, other bodies five. */
const LONGEST_REQUEST_MS = 6 * 3_600_000;

export interface HttpAppOptions extends SecurityHeaders {
  readonly logger: FastifyBaseLogger;
  readonly version: string;
  readonly registry: Registry;
  readonly authentication: AuthenticationOptions;
  /** Sees every request first: hosts other than the dashboard's are apps. True when it answered. */
  readonly interceptRequest: (...parameters: Parameters<RequestListener>) => boolean;
  readonly routeUpgrade: UpgradeHandler;
  /** Addresses and networks of proxies that say for whom they ask; without them everybody speaks for themselves. */
  readonly trustedProxies?: readonly string[];
  /** Within this time a body has to be there, unless it is a file. */
  readonly bodyDeadlineMs?: number;
  /** Undefined: nobody wants spans. */
  readonly tracer?: Tracer | undefined;
  /** PEM; without it the server speaks plain HTTP. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined;
}

/** createHttpApp builds the server with everything that is not a feature. */
export async function createHttpApp(options: HttpAppOptions): Promise<FastifyInstance> {
  const trusted = options.trustedProxies ?? [];
  const app = Fastify({
    loggerInstance: options.logger,
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: trusted.length > 0 && [...trusted],
    genReqId: (request: IncomingMessage) => correlationIdOf(request),
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'correlationId',
    }),
    forceCloseConnections: true,
    frameworkErrors: answerFrameworkError,
    serverFactory: (handler) => createInterceptingServer(handler, options),
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRequest', (request, reply, next) => {
    reply.header(CORRELATION_HEADER, request.id);
    next();
  });
  await app.register(errorsPlugin);
  await app.register(jsonBodyPlugin);
  await app.register(metricsPlugin, { registry: options.registry });
  if (options.tracer) await app.register(tracingPlugin, { tracer: options.tracer });
  await app.register(securityHeadersPlugin, options);
  // Nothing but the check of who asks reads cookies, and it parses them itself.
  await app.register(cookie, { hook: false });
  await app.register(rateLimitPlugin);
  await app.register(bodyDeadlinePlugin, { deadlineMs: options.bodyDeadlineMs });
  await app.register(authenticationPlugin, options.authentication);
  await app.register(openapiPlugin, { version: options.version });
  return app;
}

function createInterceptingServer(handler: RequestListener, options: HttpAppOptions): Server {
  const listener: RequestListener = (request, response) => {
    if (!options.interceptRequest(request, response)) handler(request, response);
  };
  const { certificate } = options;
  const server = certificate ? createHttpsServer(certificate, listener) : createServer(listener);
  server.requestTimeout = LONGEST_REQUEST_MS;
  server.on('upgrade', options.routeUpgrade);
  return server;
}
