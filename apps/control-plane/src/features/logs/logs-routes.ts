import type { FastifyInstance } from 'fastify';
import { logRoutes } from '@spt-flow/shared/api/logs';
import { registerRoute } from '../../lib/register-route.ts';
import type { Logs } from './logs-service.ts';

/** AppError `not_found` when there is no such thing. */
type Find = (organizationId: string, handle: string) => Promise<{ id: string }>;

export interface LogRoutesDeps {
  readonly logs: Logs;
  readonly findWorkspace: Find;
  readonly findProject: Find;
}

export function registerLogRoutes(app: FastifyInstance, deps: LogRoutesDeps): void {
  registerRoute(app, logRoutes.list, async ({ principal, params, query }) => {
    const { organizationId } = principal;
    const { id } = await deps.findWorkspace(organizationId, params.handle);
    return { items: await deps.logs.list({ workspaceId: id, organizationId }, query) };
  });

  registerRoute(app, logRoutes.search, async ({ principal, query }) => {
    const { project, workspace, cursor, ...rest } = query;
    const idOf = async (find: Find, handle: string | undefined) =>
      handle === undefined ? undefined : (await find(principal.organizationId, handle)).id;
    const projectId = await idOf(deps.findProject, project);
    const workspaceId = await idOf(deps.findWorkspace, workspace);
    return deps.logs.search({ ...rest, viewer: principal, projectId, workspaceId, cursor });
  });
}
