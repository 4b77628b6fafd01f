import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { LogInput, Logs } from '../logs/index.ts';
import type { AgentSession } from './agent-connection.ts';
import type { Heartbeats } from './heartbeats.ts';

export interface AgentEventSinkDeps {
  readonly heartbeats: Pick<Heartbeats, 'record'>;
  readonly logs: Pick<Logs, 'append'>;
}

export type AgentEventListener = (session: AgentSession, event: AgentEvent) => void;

export interface AgentEventSink {
  /** Undefined: it is done already. */
  store(session: AgentSession, events: readonly AgentEvent[]): Promise<void> | undefined;
  /** Also hears process states and receipts of changes that were undone after a crash. */
  onEvent(listener: AgentEventListener): void;
}

/** createAgentEventSink stores what agents tell: log lines, and that they live. */
export function createAgentEventSink({ heartbeats, logs }: AgentEventSinkDeps): AgentEventSink {
  const listeners: AgentEventListener[] = [];

  function tell(session: AgentSession, events: readonly AgentEvent[]): void {
    for (const event of events) {
      if (event.type === 'heartbeat') heartbeats.record(session, event.rssBytes);
      for (const listener of listeners) listener(session, event);
    }
  }

  return {
    onEvent: (listener) => void listeners.push(listener),

    store(session, events) {
      const lines = events.map(toLogInput).filter((line) => line !== undefined);
      if (lines.length > 0) return logs.append(session, lines).then(() => tell(session, events));
      tell(session, events);
      return undefined;
    },
  };
}

function toLogInput(event: AgentEvent): LogInput | undefined {
  if (event.type === 'log') return event;
  if (event.type === 'dropped') {
    return {
      source: 'agent',
      level: 'warn',
      text: `${event.count} lines were dropped because they came faster than they could be sent`,
    };
  }
  if (event.type === 'process' && event.state === 'exited') {
    return {
      source: event.name,
      level: 'warn',
      text: `The process "${event.name}" exited with ${event.exitCode === null ? 'a signal' : `code ${event.exitCode}`}`,
    };
  }
  return undefined;
}
