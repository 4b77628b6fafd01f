import { Readable } from 'node:stream';
import type { FastifyInstance, FastifySchema } from 'fastify';
import {
  AUDIT_EXPORT_PATH,
  AUDIT_NEXT_HEADER,
  AuditExportQuerySchema,
  auditRoutes,
} from '@spt-flow/shared/api/audit';
import { AppError } from '@spt-flow/shared/domain/errors';
import { permits } from '@spt-flow/shared/domain/roles';
import { registerRoute } from '../../lib/register-route.ts';
import { holdsStorableTexts } from '../../lib/storable-text.ts';
import type { AuditService } from './audit-service.ts';

export function registerAuditRoutes(app: FastifyInstance, service: AuditService): void {
  registerRoute(app, auditRoutes.list, ({ principal, query }) => service.list(principal, query));
  registerRoute(app, auditRoutes.verify, ({ principal, query }) =>
    service.verify(principal, query.of),
  );
  registerExportRoute(app, service);
}

/** A stream of lines, and so no matter of contracts in JSON. */
function registerExportRoute(app: FastifyInstance, service: AuditService): void {
  const schema: FastifySchema = {
    summary: 'Stream the audit log as lines of JSON, or as CSV',
    tags: ['audit'],
    security: [{ bearer: [] }, { cookie: [] }],
    querystring: AuditExportQuerySchema,
  };
  app.get(AUDIT_EXPORT_PATH, { schema }, async (request, reply) => {
    const principal = await request.authenticate();
    if (!permits(principal.scope, 'admin'))
      throw new AppError(principal.via.kind === 'token' ? 'scope_missing' : 'not_permitted');
    const query = AuditExportQuerySchema.parse(request.query);
    if (!holdsStorableTexts(query)) throw new AppError('validation_failed');
    const call = { principal, correlationId: request.id };
    const { lines, nextAfter } = await service.export(call, query);
    if (nextAfter !== null) reply.header(AUDIT_NEXT_HEADER, nextAfter);
    const { format } = query;
    return reply
      .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
      .header('content-disposition', `attachment; filename="audit.${format}"`)
      .header('cache-control', 'no-store')
      .send(Readable.from(lines));
  });
}
