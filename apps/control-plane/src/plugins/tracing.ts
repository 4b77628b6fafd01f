import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { parseTraceparent, traceIdOf } from '@spt-flow/shared/domain/otlp';
import { newSpanId, nowMs, type SpanContext, type Tracer } from '../lib/tracing/tracer.ts';

const FIRST_SERVER_ERROR = 500;

/** tracingPlugin makes a span of every request of the API, below that of the caller where it names one. */
export const tracingPlugin = fp(function traceRequests(
  app: FastifyInstance,
  { tracer }: { tracer: Tracer },
  done,
) {
  const contexts = new WeakMap<FastifyRequest, SpanContext>();

  app.addHook('onRequest', (request, _reply, next) => {
    contexts.set(request, { traceId: traceIdOf(request.id), spanId: newSpanId() });
    next();
  });
  // Not before: who reads a body goes on in a context of its own.
  app.addHook('preHandler', (request, _reply, next) => {
    const context = contexts.get(request);
    if (context) tracer.within(context, next);
    else next();
  });
  app.addHook('onResponse', (request, { statusCode, elapsedTime }, next) => {
    const context = contexts.get(request);
    const endedMs = nowMs();
    const route = request.routeOptions.url ?? 'unmatched';
    if (context)
      tracer.record({
        ...{ ...context, parentId: parentOf(request, context), kind: 'server' },
        ...{ name: `${request.method} ${route}`, startedMs: endedMs - elapsedTime, endedMs },
        failure: statusCode >= FIRST_SERVER_ERROR ? String(statusCode) : null,
        attributes: {
          'http.request.method': request.method,
          'http.route': route,
          'http.response.status_code': statusCode,
          'spt_flow.correlation_id': request.id,
        },
      });
    next();
  });
  done();
});

function parentOf({ headers }: FastifyRequest, { traceId }: SpanContext): string | undefined {
  const parent = parseTraceparent(String(headers['traceparent'] ?? ''));
  return parent?.traceId === traceId ? parent.spanId : undefined;
}
