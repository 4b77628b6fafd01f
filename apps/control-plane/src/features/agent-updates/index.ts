export { createAgentUpdates, type AgentUpdates } from './agent-updates.ts';
export { registerAgentUpdateRoutes } from './rollouts-routes.ts';
