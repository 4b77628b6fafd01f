import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Audit, AuditEntry } from '../lib/audit.ts';
import { auditName, type Principal } from '../lib/principal.ts';
import { currentOrigin, withOrigin } from '../lib/request-origin.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Why no entry is needed although the method could change something. */
    readonly unaudited?: string;
    /** No feature records it, so it is recorded before it is done. */
    readonly auditedFirst?: true;
  }
}

/**
 * auditPlugin leaves no change without an entry. Features record what they do, with its meaning and in its transaction;
 * where none did, what was asked is recorded before the answer goes out, and where it is known that none will, before the
 * work: a killed process leaves no change without a word. So are refusals and failures of people who are signed in. Who is
 * not has no organization; what strangers may do is recorded by the features.
 */
export const auditPlugin = fp(function audit(
  app: FastifyInstance,
  options: { readonly audit: Audit },
  done: () => void,
) {
  // After the body is read: what is heard from a socket loses what was said before.
  app.addHook('preHandler', (request, _reply, next) => {
    withOrigin(originOf(request), () => {
      const { principal, routeOptions } = request;
      if (!principal || !routeOptions.config.auditedFirst) return next();
      options.audit.record(entryOf(request, { principal })).then(() => next(), next);
    });
  });
  app.addHook('onSend', (request, reply, _payload, next) => {
    const entry = missingEntry(request, reply.statusCode);
    if (!entry) return next();
    const recorded = withOrigin(originOf(request), () => options.audit.record(entry));
    recorded.then(() => next(), unrecorded);

    /** What failed is told as it is: an error here, too, would be told as Fastify does, with the statement. */
    function unrecorded(error: Error): void {
      if (reply.statusCode < 400) return next(error);
      request.log.error({ err: error }, 'a failure is not in the audit log');
      next();
    }
  });
  done();
});

/** Undefined: there is one, or none is needed. */
function missingEntry(request: FastifyRequest, status: number): AuditEntry | undefined {
  const { principal } = request;
  const isAudited = currentOrigin()?.isAudited === true;
  const wasFirst = isAudited && request.routeOptions.config.auditedFirst === true;
  const result = resultOf(status) ?? (wasFirst ? 'failed' : undefined);
  if (!principal || !result || !mayChange(request)) return undefined;
  const isTold = result === 'done' || (result === 'refused' && !wasFirst);
  if (isTold && isAudited) return undefined;
  return entryOf(request, { principal, result, status });
}

function originOf({ ip, headers }: FastifyRequest) {
  return { address: ip, userAgent: headers['user-agent'] ?? null };
}

function mayChange({ method, routeOptions }: FastifyRequest): boolean {
  return !SAFE_METHODS.has(method) && routeOptions.config.unaudited === undefined;
}

/** Undefined: nothing was changed, and nobody tried what they may not. */
function resultOf(status: number): AuditEntry['result'] {
  if (status >= 500) return 'failed';
  if (status < 400) return 'done';
  return status === 403 ? 'refused' : undefined;
}

function entryOf(
  { id, method, url, routeOptions }: FastifyRequest,
  answer: { principal: Principal; result?: AuditEntry['result']; status?: number },
): AuditEntry {
  const { principal, result = 'done', status } = answer;
  const { summary } = routeOptions.schema ?? {};
  return {
    ...{ organizationId: principal.organizationId, principal: auditName(principal), result },
    ...{ action: 'api.call', target: `${method} ${url.split('?', 1)[0]}`, correlationId: id },
    detail: { ...(status !== undefined && { status }), ...(summary !== undefined && { summary }) },
  };
}
