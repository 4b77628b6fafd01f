import type { FastifyInstance } from 'fastify';
import { agentRoutes } from '@spt-flow/shared/api/agents';
import { registerRoute } from '../../lib/register-route.ts';
import type { AgentsService, WorkspaceRef } from './agents-service.ts';

export interface AgentRoutesDeps {
  readonly agents: AgentsService;
  readonly findWorkspace: (organizationId: string, handle: string) => Promise<WorkspaceRef>;
}

export function registerAgentRoutes(
  app: FastifyInstance,
  { agents, findWorkspace }: AgentRoutesDeps,
): void {
  registerRoute(app, agentRoutes.get, async ({ principal, params }) =>
    agents.get(await findWorkspace(principal.organizationId, params.handle)),
  );
  registerRoute(app, agentRoutes.update, async (call) =>
    agents.setPolicy(
      await findWorkspace(call.principal.organizationId, call.params.handle),
      call.body.clonePolicy,
      call,
    ),
  );
  registerRoute(app, agentRoutes.decide, async (call) =>
    agents.decide(
      await findWorkspace(call.principal.organizationId, call.params.handle),
      call.body.decision,
      call,
    ),
  );
  registerRoute(app, agentRoutes.rotateKey, async ({ principal, params }) =>
    agents.rotateKey(await findWorkspace(principal.organizationId, params.handle)),
  );
  registerRoute(app, agentRoutes.reEnrol, async (call) =>
    agents.reEnrol(await findWorkspace(call.principal.organizationId, call.params.handle), call),
  );
  registerRoute(app, agentRoutes.fork, async (call) => {
    const { principal, params, body } = call;
    const workspace = await findWorkspace(principal.organizationId, params.handle);
    return agents.fork(
      workspace,
      await findWorkspace(principal.organizationId, body.workspace),
      call,
    );
  });
  registerRoute(app, agentRoutes.revoke, (call) => agents.revoke(call.body, call));
}
