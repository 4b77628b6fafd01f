export { createAgentUpdates } from './agent-updates.ts';
export { registerAgentUpdateRoutes } from './rollouts-routes.ts';
