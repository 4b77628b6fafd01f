export { recordAct, recordActs } from './agent-audit.ts';
export { createAgentKeysRepository } from './agent-keys-repository.ts';
export { sightingOf, type AgentStoreDeps } from './agent-store.ts';
export {
  AGENTS_CHANNEL,
  createAgentsRepository,
  EPOCH_RAISED,
  type AgentRow,
  type AgentsRepository,
} from './agents-repository.ts';
export { createEnrolmentRepository, type TokenRow } from './enrolment-repository.ts';
export {
  createEnrolmentTokens,
  type EnrolmentTerms,
  type EnrolmentTokens,
} from './enrolment-tokens.ts';
export {
  createHandshakeRepository,
  type HandshakeRepository,
  type Ownership,
} from './handshake-repository.ts';
export { createIdentityRepository } from './identity-repository.ts';
export { createIdentity, type ControlPlaneIdentity } from './identity.ts';
export { createIncidents, type Incident } from './incidents.ts';
export { createLiveIdentityStore, type LiveIdentityStore } from './live-identity-store.ts';
export { createReceiptFaults, type FindReceiptFault } from './receipt-faults.ts';
export { createRevocations, type Revocations, type Revoked } from './revocations.ts';
