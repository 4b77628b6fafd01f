export { createAgentHub, type AgentHub, type PresenceChange } from './agent-hub.ts';
export type { AgentSession } from './agent-connection.ts';
export type { AgentAnswer, AgentConnections, RequestOptions } from './agent-connections.ts';
export { toAppError } from './agent-errors.ts';
export {
  createAgentEventSink,
  type AgentEventListener,
  type AgentEventSink,
} from './agent-event-sink.ts';
export { createAgentsRepository, type AgentsRepository } from './agents-repository.ts';
export { createEnrolmentTokens, type EnrolmentTokens } from './enrolment-tokens.ts';
export { readAll, runInWorkspace, type ExecCommand, type ExecOutcome } from './exec.ts';
export { createIdentityRepository } from './identity-repository.ts';
export { createIdentity, type ControlPlaneIdentity } from './identity.ts';
