import type { FastifyInstance } from 'fastify';
import { templateCatalogRoutes } from '@spt-flow/shared/api/template-catalog';
import { templateRoutes } from '@spt-flow/shared/api/templates';
import { registerRoute } from '../../lib/register-route.ts';
import type { Templates } from './templates.ts';

export function registerTemplateRoutes(app: FastifyInstance, templates: Templates): void {
  const { service, updates, catalog } = templates;
  registerRoute(app, templateCatalogRoutes.list, async () => ({
    repositoryUrl: catalog.repositoryUrl,
    items: [...(await catalog.list())],
  }));
  registerRoute(app, templateRoutes.list, ({ principal, query }) => service.list(principal, query));
  registerRoute(app, templateRoutes.get, ({ principal, params }) =>
    service.get(principal, params.handle),
  );
  registerRoute(app, templateRoutes.push, ({ principal, body, correlationId }) =>
    service.push({ principal, correlationId }, body),
  );
  registerRoute(app, templateRoutes.versions, ({ principal, params, query }) =>
    service.versions(principal, params.handle, query),
  );
  registerRoute(app, templateRoutes.version, ({ principal, params }) =>
    service.version(principal, params.handle, params.number),
  );
  registerRoute(app, templateRoutes.archive, ({ principal, params, body, correlationId }) =>
    service.archive({ principal, correlationId }, params.handle, {
      number: params.number,
      archived: body.archived,
    }),
  );
  registerRoute(app, templateRoutes.update, ({ principal, params, body, correlationId }) =>
    service.update({ principal, correlationId }, params.handle, body),
  );
  registerRoute(app, templateRoutes.remove, ({ principal, params, correlationId }) =>
    service.remove({ principal, correlationId }, params.handle),
  );
  registerRoute(app, templateRoutes.impact, ({ principal, params, body }) =>
    updates.impact(principal, params.handle, body),
  );
  registerRoute(
    app,
    templateRoutes.updateWorkspaces,
    ({ principal, params, body, correlationId }) =>
      updates.update(principal, { handle: params.handle, wanted: body }, correlationId),
  );
  registerRoute(app, templateRoutes.rollbackImpact, ({ principal, params }) =>
    updates.rollbackImpact(principal, params.handle),
  );
  registerRoute(app, templateRoutes.rollback, ({ principal, params, correlationId }) =>
    updates.rollback(principal, params.handle, correlationId),
  );
}
