import type { FastifyInstance } from 'fastify';
import { changeSetRoutes } from '@spt-flow/shared/api/change-sets';
import { registerRoute } from '../../lib/register-route.ts';
import type { ChangeSetService } from './change-sets-service.ts';

export function registerChangeSetsRoutes(
  app: FastifyInstance,
  { changeSets }: { readonly changeSets: ChangeSetService },
): void {
  registerRoute(app, changeSetRoutes.apply, ({ principal, params, body, correlationId }) =>
    changeSets.applyTo(principal, params.handle, { ...body, correlationId }),
  );
  registerRoute(app, changeSetRoutes.preview, ({ principal, params, body, correlationId }) =>
    changeSets.preview(principal, params.handle, { ...body, correlationId }),
  );
  registerRoute(app, changeSetRoutes.list, ({ principal, params, query }) =>
    changeSets.list(principal.organizationId, params.handle, query),
  );
  registerRoute(app, changeSetRoutes.diff, ({ principal, params }) =>
    changeSets.diff(principal.organizationId, params.id),
  );
  registerRoute(app, changeSetRoutes.undo, ({ principal, params, correlationId }) =>
    changeSets.undo(principal, params.id, correlationId),
  );
}
