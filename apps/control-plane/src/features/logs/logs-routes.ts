import type { FastifyInstance } from 'fastify';
import { logRoutes } from '@spt-flow/shared/api/logs';
import { registerRoute } from '../../lib/register-route.ts';
import type { Logs } from './logs-service.ts';

export interface LogRoutesDeps {
  readonly logs: Logs;
  /** AppError `not_found` when the organization has no such workspace. */
  readonly findWorkspace: (organizationId: string, handle: string) => Promise<{ id: string }>;
}

export function registerLogRoutes(app: FastifyInstance, deps: LogRoutesDeps): void {
  registerRoute(app, logRoutes.list, async ({ principal, params, query }) => {
    const { organizationId } = principal;
    const { id } = await deps.findWorkspace(organizationId, params.handle);
    return { items: await deps.logs.list({ workspaceId: id, organizationId }, query) };
  });
}
