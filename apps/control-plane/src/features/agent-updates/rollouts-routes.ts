import type { FastifyInstance } from 'fastify';
import { UPDATE_ROOT_PATH } from '@spt-flow/shared/agent-protocol/updates';
import { agentUpdateRoutes } from '@spt-flow/shared/api/agent-updates';
import { AppError } from '@spt-flow/shared/domain/errors';
import { registerRoute } from '../../lib/register-route.ts';
import type { ReleaseFolder } from './release-folder.ts';
import type { RolloutsService } from './rollouts-service.ts';

export interface AgentUpdateRoutesDeps {
  readonly rollouts: RolloutsService;
  readonly folder: Pick<ReleaseFolder, 'readRoot'>;
}

export function registerAgentUpdateRoutes(
  app: FastifyInstance,
  { rollouts, folder }: AgentUpdateRoutesDeps,
): void {
  /** Public, as the programs are that come the same way. */
  app.get(UPDATE_ROOT_PATH, { schema: { hide: true } }, async (_request, reply) => {
    const root = await folder.readRoot();
    if (!root) throw new AppError('not_found');
    return reply.type('application/json; charset=utf-8').send(root);
  });
  registerRoute(app, agentUpdateRoutes.releases, ({ principal }) => rollouts.releases(principal));
  registerRoute(app, agentUpdateRoutes.list, ({ principal, query }) =>
    rollouts.list(principal, query),
  );
  registerRoute(app, agentUpdateRoutes.create, (call) => rollouts.create(call, call.body));
  registerRoute(app, agentUpdateRoutes.get, ({ principal, params }) =>
    rollouts.get(principal, params.id),
  );
  registerRoute(app, agentUpdateRoutes.members, ({ principal, params }) =>
    rollouts.members(principal, params.id),
  );
  registerRoute(app, agentUpdateRoutes.pause, (call) => rollouts.pause(call, call.params.id));
  registerRoute(app, agentUpdateRoutes.resume, (call) => rollouts.resume(call, call.params.id));
  registerRoute(app, agentUpdateRoutes.rollBack, (call) => rollouts.rollBack(call, call.params.id));
}
