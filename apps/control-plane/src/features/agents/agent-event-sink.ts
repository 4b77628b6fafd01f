import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { Clock } from '../../lib/clock.ts';
import type { LogInput, Logs } from '../logs/index.ts';
import type { AgentSession } from './agent-connection.ts';
import type { AgentsRepository } from './agents-repository.ts';

/** Pages show an agent's memory; more often than this nobody looks. */
const HEARTBEAT_NOTICE_INTERVAL_MS = 30_000;

export interface AgentEventSinkDeps {
  readonly repository: Pick<AgentsRepository, 'recordHeartbeat'>;
  readonly logs: Pick<Logs, 'append'>;
  readonly clock: Clock;
  /** The workspace looks different now. */
  readonly onChanged: (workspaceId: string) => void;
}

export type AgentEventListener = (session: AgentSession, event: AgentEvent) => void;

export interface AgentEventSink {
  store(session: AgentSession, events: readonly AgentEvent[]): Promise<void>;
  /** Also hears process states and receipts of changes that were undone after a crash. */
  onEvent(listener: AgentEventListener): void;
}

/** createAgentEventSink stores what agents tell: log lines, and that they live. */
export function createAgentEventSink(deps: AgentEventSinkDeps): AgentEventSink {
  const listeners: AgentEventListener[] = [];
  const noticedMs = new Map<string, number>();

  async function recordHeartbeat(session: AgentSession, rssBytes: number): Promise<void> {
    await deps.repository.recordHeartbeat(session.agentId, { rssBytes, now: deps.clock.now() });
    const nowMs = deps.clock.monotonicMs();
    const lastMs = noticedMs.get(session.workspaceId);
    if (lastMs !== undefined && nowMs - lastMs < HEARTBEAT_NOTICE_INTERVAL_MS) return;
    noticedMs.set(session.workspaceId, nowMs);
    deps.onChanged(session.workspaceId);
  }

  return {
    onEvent: (listener) => void listeners.push(listener),

    async store(session, events) {
      await deps.logs.append(
        session,
        events.map(toLogInput).filter((line) => line !== undefined),
      );
      const heartbeat = events.findLast((event) => event.type === 'heartbeat');
      if (heartbeat) await recordHeartbeat(session, heartbeat.rssBytes);
      for (const event of events) {
        for (const listener of listeners) listener(session, event);
      }
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
