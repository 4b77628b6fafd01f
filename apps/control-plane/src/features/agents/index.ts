export type { AgentSession } from './agent-connection.ts';
export type { AgentAnswer, AgentConnections } from './agent-connections.ts';
export { toAppError } from './agent-errors.ts';
export {
  createAgentHub,
  type AgentHub,
  type LocalAgentHub,
  type PresenceChange,
} from './agent-hub.ts';
export { createAgents, type AgentPolicy, type Agents } from './agents.ts';
export { AGENTS_CHANNEL } from './agents-repository.ts';
export { registerAgentRoutes } from './agents-routes.ts';
export type { EnrolmentTokens } from './enrolment-tokens.ts';
export { readAll, runInWorkspace, type ExecCommand, type ExecOutcome } from './exec.ts';
export { createIdentityRepository } from './identity-repository.ts';
export { createIdentity } from './identity.ts';
export type { FindReceiptFault } from './receipt-faults.ts';
