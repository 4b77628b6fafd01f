export {
  createAgentHub,
  readAll,
  resetAfter,
  runInWorkspace,
  toAppError,
  type AgentAnswer,
  type AgentConnections,
  type AgentHub,
  type AgentSession,
  type ExecCommand,
  type ExecOutcome,
  type LocalAgentHub,
  type PresenceChange,
} from './connections/index.ts';
export { createAgents, type AgentPolicy, type Agents } from './agents.ts';
export {
  AGENTS_CHANNEL,
  createIdentity,
  createIdentityRepository,
  type EnrolmentTokens,
  type FindReceiptFault,
} from './identity/index.ts';
export { registerAgentRoutes } from './agents-routes.ts';
