import { HEARTBEAT_INTERVAL_MS } from '@spt-flow/shared/agent-protocol/events';
import type { Tunnel } from '@spt-flow/tunnel/types';
import type { Clock } from '../../lib/clock.ts';
import {
  AgentConnection,
  type AgentConnectionDeps,
  type AgentSession,
} from './agent-connection.ts';
import { requestThrough, type AgentConnections } from './agent-connections.ts';

const MISSED_HEARTBEATS = 3;

export interface AgentHubDeps {
  readonly clock: Clock;
  /** Stores what agents tell; more is read when it is done. */
  readonly onEvents: AgentConnectionDeps['onEvents'];
  /** A live agent met a second one with its identity: a copied disk or a thief. */
  readonly onClone: (session: AgentSession) => Promise<void>;
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

export interface AgentHub extends AgentConnections {
  /** Takes over a proven agent's tunnel. False: refused, because another live agent has the same identity. */
  attach(session: AgentSession, tunnel: Tunnel): Promise<boolean>;
  /** Returns what ends it. */
  onPresence(listener: (change: PresenceChange) => void): () => void;
  /** Ends a workspace's connection, e.g. because its agent was revoked. */
  disconnect(workspaceId: string, reason: string): void;
  /** Which agent is connected for the workspace. */
  agentOf(workspaceId: string): string | undefined;
  readonly connectionCount: number;
  /** Asks agents to move, then closes. */
  close(): void;
}

/** INVARIANT: one connection per workspace; the presence listeners hear `online` and `offline` in turn. */
export function createAgentHub(deps: AgentHubDeps): AgentHub {
  const shared = { ...deps, monotonicMs: () => deps.clock.monotonicMs() };
  const connections = new Map<string, AgentConnection>();
  const listeners = new Set<(change: PresenceChange) => void>();
  const silenceLimitMs = deps.silenceLimitMs ?? MISSED_HEARTBEATS * HEARTBEAT_INTERVAL_MS;
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

  async function isClone(session: AgentSession): Promise<boolean> {
    const current = connections.get(session.workspaceId);
    if (!current || current.session.agentId !== session.agentId) return false;
    const same =
      current.session.bootId === session.bootId &&
      current.session.machineFingerprint === session.machineFingerprint;
    return !same && (await current.isAlive());
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
    disconnect: (workspaceId, reason) => connections.get(workspaceId)?.tunnel.close(reason),
    agentOf: (workspaceId) => connections.get(workspaceId)?.session.agentId,
    get connectionCount() {
      return connections.size;
    },

    async attach(session, tunnel) {
      if (await isClone(session)) {
        tunnel.close('refused');
        await deps.onClone(session);
        return false;
      }
      if (closing) tunnel.close('shutting_down');
      else add(session, tunnel);
      return !closing;
    },

    close() {
      closing = true;
      clearInterval(watch);
      for (const { tunnel } of connections.values()) {
        tunnel.goAway('shutting_down');
        tunnel.close('shutting_down');
      }
      deps.onClosed?.();
    },
  };
}
