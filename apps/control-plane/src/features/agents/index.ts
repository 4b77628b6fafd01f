export type { AgentSession } from './agent-connection.ts';
export type { AgentAnswer, AgentConnections } from './agent-connections.ts';
export { toAppError } from './agent-errors.ts';
export { createAgentHub, type AgentHub, type PresenceChange } from './agent-hub.ts';
export { createAgents, type Agents } from './agents.ts';
export type { EnrolmentTokens } from './enrolment-tokens.ts';
export { readAll, runInWorkspace } from './exec.ts';
export { createIdentityRepository } from './identity-repository.ts';
export { createIdentity } from './identity.ts';
