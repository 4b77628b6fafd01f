import type { Replicas } from '../../replicas/index.ts';
import {
  requestThrough,
  toAppError,
  type AgentHub,
  type LocalAgentHub,
  type PresenceChange,
} from '../connections/index.ts';
import type { AgentEventSink } from '../events/index.ts';
import { followAgentsElsewhere } from './agents-elsewhere.ts';
import { servePeers } from './serve-peers.ts';

export interface AgentsEverywhereDeps {
  readonly replicas: Replicas;
  readonly local: LocalAgentHub;
  readonly events: Pick<AgentEventSink, 'onEvent' | 'relay'>;
  /** Changes the key of an agent that is connected here. */
  readonly rotate: (workspaceId: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export interface AgentsEverywhere extends AgentHub {
  /** Has the replica that holds the agent change its key; false: no other one does. */
  rotateElsewhere(workspaceId: string): Promise<boolean>;
}

/** createAgentsEverywhere passes what concerns an agent to the replica that holds it. */
export function createAgentsEverywhere(deps: AgentsEverywhereDeps): AgentsEverywhere {
  const { replicas, local, onError } = deps;
  const listeners = new Set<(change: PresenceChange) => void>();
  const tell = (change: PresenceChange) => listeners.forEach((listener) => listener(change));
  const elsewhere = followAgentsElsewhere({
    ...{ replicas, onError, onEvent: deps.events.relay },
    // An agent that came here is here, whatever those say that it left.
    onPresence: (change) => {
      if (!local.isOnline(change.session.workspaceId)) tell(change);
    },
  });
  local.onPresence((change) => {
    if (change.online || !elsewhere.of(change.session.workspaceId)) tell(change);
  });
  servePeers({ ...deps, hub: local });

  function ask(workspaceId: string, call: { to: string; [name: string]: string }): void {
    const held = elsewhere.of(workspaceId);
    if (held) replicas.ask(held.replicaId, { workspaceId, ...call }).catch(onError);
  }

  return {
    isOnline: (workspaceId) =>
      local.isOnline(workspaceId) || elsewhere.of(workspaceId) !== undefined,
    sessionOf: (workspaceId) => local.sessionOf(workspaceId) ?? elsewhere.of(workspaceId)?.session,

    async request(workspaceId, head, options) {
      const held = local.isOnline(workspaceId) ? undefined : elsewhere.of(workspaceId);
      if (!held) return local.request(workspaceId, head, options);
      const open = (asked: unknown) =>
        replicas.open(held.replicaId, { to: 'agents.request', workspaceId, head: asked });
      return requestThrough({ open }, head, options);
    },

    onPresence(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    async rotateElsewhere(workspaceId) {
      const held = local.isOnline(workspaceId) ? undefined : elsewhere.of(workspaceId);
      if (!held) return false;
      await replicas
        .ask(held.replicaId, { to: 'agents.rotate', workspaceId })
        .catch((error: unknown) => {
          throw toAppError(error);
        });
      return true;
    },

    moveTo(workspaceId, organizationId) {
      const session = elsewhere.of(workspaceId)?.session;
      if (session) session.organizationId = organizationId;
      local.moveTo(workspaceId, organizationId);
      if (!local.isOnline(workspaceId)) ask(workspaceId, { to: 'agents.move', organizationId });
    },

    disconnect(workspaceId, reason) {
      if (local.isOnline(workspaceId)) local.disconnect(workspaceId, reason);
      else ask(workspaceId, { to: 'agents.disconnect', reason });
    },
  };
}
