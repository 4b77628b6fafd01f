import { createLineReader } from '@spt-flow/tunnel/line-reader';
import { TunnelError, type TunnelStream } from '@spt-flow/tunnel/types';
import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { Replicas } from '../../replicas/index.ts';
import type { AgentSession, PresenceChange } from '../connections/index.ts';
import { MAX_PRESENCE_LINE, parsePresence, type PresenceLine } from './presence-lines.ts';

export interface AgentsElsewhereDeps {
  readonly replicas: Pick<Replicas, 'open' | 'onLinked'>;
  readonly onPresence: (change: PresenceChange) => void;
  readonly onEvent: (session: AgentSession, event: AgentEvent) => void;
  readonly onError: (error: unknown) => void;
}

/** AgentsElsewhere knows which agents the other replicas hold, as those tell it. */
export interface AgentsElsewhere {
  of(
    workspaceId: string,
  ): { readonly session: AgentSession; readonly replicaId: string } | undefined;
}

interface Held {
  readonly session: AgentSession;
  readonly replicaId: string;
  readonly source: TunnelStream;
}

/** INVARIANT: what is known of a replica was told over the link that is open now. */
export function followAgentsElsewhere(deps: AgentsElsewhereDeps): AgentsElsewhere {
  const held = new Map<string, Held>();

  function take(line: PresenceLine, from: Pick<Held, 'replicaId' | 'source'>): void {
    const { workspaceId, sessionId } = line.session;
    const known = held.get(workspaceId);
    if (line.type === 'online') {
      if (!isLater(known?.session, line.session)) return;
      held.set(workspaceId, { session: line.session, ...from });
      return deps.onPresence({ session: line.session, online: true, reason: 'connected' });
    }
    if (known?.session.sessionId !== sessionId) return;
    if (line.type === 'event') return deps.onEvent(known.session, line.event);
    held.delete(workspaceId);
    deps.onPresence({ session: known.session, online: false, reason: line.reason });
  }

  function forget(source: TunnelStream): void {
    for (const [workspaceId, { session, ...from }] of held) {
      if (from.source !== source) continue;
      held.delete(workspaceId);
      deps.onPresence({ session, online: false, reason: 'replica_lost' });
    }
  }

  function follow(replicaId: string): void {
    const source = deps.replicas.open(replicaId, { to: 'agents.presence' });
    const read = createLineReader(MAX_PRESENCE_LINE);
    source.on('data', (chunk: Buffer) => {
      try {
        for (const text of read(chunk)) {
          const line = parsePresence(text);
          if (line) take(line, { replicaId, source });
        }
      } catch (error) {
        deps.onError(error);
        source.reset('bad_request');
      }
    });
    source.once('close', () => forget(source));
  }

  deps.replicas.onLinked((replicaId) => {
    try {
      follow(replicaId);
    } catch (error) {
      // The link is lost again: the next one is followed.
      if (!(error instanceof TunnelError)) throw error;
    }
  });
  return { of: (workspaceId) => held.get(workspaceId) };
}

/** An agent that moved is told of by two replicas for a moment. */
function isLater(known: AgentSession | undefined, told: AgentSession): boolean {
  return known?.agentId !== told.agentId || known.generation <= told.generation;
}
