export { createAgentEventSink, type AgentEventSink } from './agent-event-sink.ts';
export { createHeartbeats } from './heartbeats.ts';
export { createPatientLogs } from './patient-logs.ts';
