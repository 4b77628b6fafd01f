import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { Clock } from '../../../lib/clock.ts';
import { createRequestLimit } from '../../../lib/request-limit.ts';
import { readLine, type LogInput, type Logs } from '../../logs/index.ts';
import type { AgentSession } from '../connections/index.ts';
import type { Heartbeats } from './heartbeats.ts';

/** What a workspace's agent tells once for each connection, and what costs more to hear than to tell. */
const RARE: ReadonlySet<AgentEvent['type']> = new Set(['recovered', 'updated', 'key-aged']);
const RARE_PER_MINUTE = 20;

export interface AgentEventSinkDeps {
  readonly clock: Pick<Clock, 'monotonicMs'>;
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
export function createAgentEventSink({
  heartbeats,
  logs,
  clock,
}: AgentEventSinkDeps): AgentEventSink {
  const listeners: AgentEventListener[] = [];
  const rare = createRequestLimit(RARE_PER_MINUTE, clock);

  function tell(session: AgentSession, events: readonly AgentEvent[]): void {
    for (const event of events) {
      if (RARE.has(event.type) && rare.count(session.workspaceId).isOver) continue;
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
