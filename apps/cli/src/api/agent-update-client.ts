import { agentUpdateRoutes } from '@spt-flow/shared/api/agent-updates';
import type { RouteInput } from '@spt-flow/shared/api/route';
import type { Call } from './call.ts';

export type NewRolloutInput = RouteInput<typeof agentUpdateRoutes.create>['body'];
export type RolloutVerb = 'pause' | 'resume' | 'rollBack';

/** createAgentUpdateClient is the part of the client that concerns versions of agents. */
export function createAgentUpdateClient(call: Call) {
  return {
    listAgentReleases: () => call(agentUpdateRoutes.releases, {}),
    listRollouts: (limit: number) => call(agentUpdateRoutes.list, { query: { limit } }),
    createRollout: (body: NewRolloutInput) => call(agentUpdateRoutes.create, { body }),
    getRollout: (id: string) => call(agentUpdateRoutes.get, { params: { id } }),
    listRolloutServers: (id: string) => call(agentUpdateRoutes.members, { params: { id } }),
    decideRollout: (verb: RolloutVerb, id: string) =>
      call(agentUpdateRoutes[verb], { params: { id } }),
  };
}
