export { SILENCE_LIMIT_MS, type AgentSession } from './agent-connection.ts';
export { requestThrough, type AgentAnswer, type AgentConnections } from './agent-connections.ts';
export { toAppError } from './agent-errors.ts';
export {
  createAgentHub,
  type AgentHub,
  type LocalAgentHub,
  type PresenceChange,
} from './agent-hub.ts';
export { readAll, resetAfter, runInWorkspace, type ExecCommand, type ExecOutcome } from './exec.ts';
export { tracedRequests } from './traced-requests.ts';
