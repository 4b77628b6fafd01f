import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import { readLine, type LogInput, type Logs } from '../logs/index.ts';
import type { AgentSession } from './agent-connection.ts';
import type { Heartbeats } from './heartbeats.ts';

export interface AgentEventSinkDeps {
  readonly heartbeats: Pick<Heartbeats, 'record'>;
  readonly logs: Pick<Logs, 'append'>;
}

export type AgentEventListener = (session: AgentSession, event: AgentEvent) => void;

export interface AgentEventSink {
  /** Undefined: it is done already. */
  store(
    session: AgentSession,
    events: readonly AgentEvent[],
    spool?: string,
  ): Promise<void> | undefined;
  /** Also hears process states and receipts of changes that were undone after a crash. */
  onEvent(listener: AgentEventListener): void;
  /** Tells those who listen what the agent of another replica said; it is stored there. */
  relay(session: AgentSession, event: AgentEvent): void;
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

    relay(session, event) {
      for (const listener of listeners) listener(session, event);
    },

    store(session, events, spool) {
      const lines = events
        .filter((event) => event.type === 'log')
        .map((event) => toLogInput(event, spool));
      if (lines.length > 0) return logs.append(session, lines).then(() => tell(session, events));
      tell(session, events);
      return undefined;
    },
  };
}

/** What agents say themselves has its level; what programs print may tell another than the stream it came on. */
function toLogInput(
  { seq, ...line }: Extract<AgentEvent, { type: 'log' }>,
  spool: string | undefined,
): LogInput {
  const spooled = spool === undefined || seq === undefined ? undefined : { spool, seq };
  return { ...(line.source === 'agent' ? line : readLine(line)), spooled };
}
