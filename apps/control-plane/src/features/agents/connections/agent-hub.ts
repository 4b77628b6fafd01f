import type { RequestHead } from '@spt-flow/shared/agent-protocol/requests';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import type { Clock } from '../../../lib/clock.ts';
import { createRequestLimit } from '../../../lib/request-limit.ts';
import {
  AgentConnection,
  SILENCE_LIMIT_MS,
  type AgentConnectionDeps,
  type AgentSession,
} from './agent-connection.ts';
import { requestThrough, type AgentConnections } from './agent-connections.ts';

/** Of a workspace: one for each connection would do. */
const LONG_EVENTS_PER_MINUTE = 20;

export interface AgentHubDeps {
  readonly clock: Clock;
  /** Stores what agents tell; more is read when it is done. */
  readonly onEvents: AgentConnectionDeps['onEvents'];
  readonly spoolPosition?: AgentConnectionDeps['spoolPosition'];
  readonly onError: (error: unknown, session: AgentSession) => void;
  readonly onClosed?: () => void;
  /** Silence after which an agent is gone. */
  readonly silenceLimitMs?: number;
}

export interface PresenceChange {
  readonly session: AgentSession;
  readonly online: boolean;
  /** Why it went. */
  readonly reason: string;
}

/** AgentHub knows the agents, whichever replica they are connected to. */
export interface AgentHub extends AgentConnections {
  /** Who is connected for the workspace. */
  sessionOf(workspaceId: string): AgentSession | undefined;
  /** What its agent tells from now on belongs to this organization. */
  moveTo(workspaceId: string, organizationId: string): void;
  /** Returns what ends it. */
  onPresence(listener: (change: PresenceChange) => void): () => void;
  /** Ends a workspace's connection, e.g. because its agent was revoked. */
  disconnect(workspaceId: string, reason: string): void;
}

/** LocalAgentHub holds the agents that are connected to this replica. */
export interface LocalAgentHub extends AgentHub {
  /** Takes over a proven agent's tunnel in place of an earlier one. False: there is a later one, or this process ends. */
  attach(session: AgentSession, tunnel: Tunnel): boolean;
  readonly sessions: readonly AgentSession[];
  /** Opens a stream to the agent, for who asked another replica; undefined: it is not here. */
  open(workspaceId: string, head: RequestHead): TunnelStream | undefined;
  /** False: the other end of the workspace's connection does not answer. */
  isAlive(workspaceId: string): Promise<boolean>;
  /** Ends this session's connection; nothing happens to one that took its place. */
  end(session: AgentSession, reason: string): void;
  readonly connectionCount: number;
  /** Asks agents to move, then closes. */
  close(): void;
}

/** INVARIANT: one connection per workspace; the presence listeners hear `online` and `offline` in turn. */
export function createAgentHub(deps: AgentHubDeps): LocalAgentHub {
  const longEvents = createRequestLimit(LONG_EVENTS_PER_MINUTE, deps.clock);
  const shared = {
    ...deps,
    monotonicMs: () => deps.clock.monotonicMs(),
    mayBeLong: (workspaceId: string) => !longEvents.count(workspaceId).isOver,
  };
  const connections = new Map<string, AgentConnection>();
  const listeners = new Set<(change: PresenceChange) => void>();
  const silenceLimitMs = deps.silenceLimitMs ?? SILENCE_LIMIT_MS;
  const watch = setInterval(closeSilent, silenceLimitMs / 6);
  watch.unref();
  let closing = false;

  function closeSilent(): void {
    for (const connection of connections.values()) {
      if (connection.silentForMs() > silenceLimitMs) connection.tunnel.close('heartbeat_timeout');
    }
  }

  function drop(connection: AgentConnection, reason: string): void {
    const { session } = connection;
    if (connections.get(session.workspaceId) !== connection) return;
    connections.delete(session.workspaceId);
    for (const listener of listeners) listener({ session, online: false, reason });
  }

  /** Two handshakes may end in another order than the database saw them. */
  function isFenced({ workspaceId, agentId, generation }: AgentSession): boolean {
    const current = connections.get(workspaceId)?.session;
    return current?.agentId === agentId && current.generation > generation;
  }

  function add(session: AgentSession, tunnel: Tunnel): void {
    const current = connections.get(session.workspaceId);
    if (current) {
      drop(current, 'replaced');
      current.tunnel.close('replaced');
    }
    const connection = new AgentConnection(shared, session, tunnel);
    connections.set(session.workspaceId, connection);
    void tunnel.closed.then((reason) => drop(connection, reason));
    for (const listener of listeners) listener({ session, online: true, reason: 'connected' });
    void connection.listen();
  }

  return {
    isOnline: (workspaceId) => connections.has(workspaceId),
    request: (workspaceId, head, options) =>
      requestThrough(connections.get(workspaceId)?.tunnel, head, options),
    onPresence: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    open: (workspaceId, head) => connections.get(workspaceId)?.tunnel.open(head),
    sessionOf: (workspaceId) => connections.get(workspaceId)?.session,
    moveTo(workspaceId, organizationId) {
      const session = connections.get(workspaceId)?.session;
      if (session) session.organizationId = organizationId;
    },
    get sessions() {
      return Array.from(connections.values(), ({ session }) => session);
    },
    isAlive: async (workspaceId) => (await connections.get(workspaceId)?.isAlive()) ?? false,
    disconnect: (workspaceId, reason) => connections.get(workspaceId)?.tunnel.close(reason),
    end({ workspaceId, sessionId }, reason) {
      const connection = connections.get(workspaceId);
      if (connection?.session.sessionId === sessionId) connection.tunnel.close(reason);
    },
    get connectionCount() {
      return connections.size;
    },

    attach(session, tunnel) {
      const refusal = closing ? 'shutting_down' : isFenced(session) && 'replaced';
      if (refusal) tunnel.close(refusal);
      else add(session, tunnel);
      return !refusal;
    },

    close() {
      closing = true;
      clearInterval(watch);
      for (const connection of connections.values()) {
        connection.tunnel.goAway('shutting_down');
        drop(connection, 'shutting_down');
        connection.tunnel.close('shutting_down');
      }
      deps.onClosed?.();
    },
  };
}
