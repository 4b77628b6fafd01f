export { registerAgentGateway } from './agent-gateway.ts';
export { createAgentKeeper, type AgentKeeper, type RevocationView } from './agent-keeper.ts';
export { createHandshakeRuntime } from './handshake-runtime.ts';
export { createHandshakeStore } from './handshake-store.ts';
