import type { EmitEvent } from '../connection/event-buffer.ts';

/** AgentLog takes the agent's own words, among the lines of its processes. */
export type AgentLog = (level: 'info' | 'warn' | 'error', text: string) => void;

export function createAgentLog(emit: EmitEvent, nowMs: () => number): AgentLog {
  return (level, text) => emit({ type: 'log', at: nowMs(), source: 'agent', level, text });
}
