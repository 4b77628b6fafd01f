import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import type { AgentSession } from '../connections/index.ts';
import { formatPresence, type PresenceLine } from './presence-lines.ts';

/** What one workspace's agent is like now. */
export interface PresenceState {
  readonly session: AgentSession | undefined;
  /** The last one that others show something of. */
  readonly event: AgentEvent | undefined;
}

export interface PresenceFeed {
  /** Something about the workspace is another than before; `reason` is why its agent went, if it did. */
  changed(workspaceId: string, reason?: string): void;
}

interface Told extends PresenceState {
  readonly session: AgentSession;
}

/**
 * followPresence tells one replica what is so, not all that happened: of a workspace that changes while the other end
 * does not read only the last state is told. What waits for the other end is bounded by the number of workspaces.
 */
export function followPresence(
  stream: TunnelStream,
  stateOf: (workspaceId: string) => PresenceState,
): PresenceFeed {
  const told = new Map<string, Told>();
  const waiting = new Map<string, string>();
  let isBlocked = false;

  function flush(): void {
    for (const [workspaceId, reason] of waiting) {
      if (isBlocked || stream.destroyed) return;
      waiting.delete(workspaceId);
      for (const line of linesTo(workspaceId, reason))
        if (!stream.write(formatPresence(line))) isBlocked = true;
    }
  }

  /** From what was told last to what is so. */
  function linesTo(workspaceId: string, reason: string): PresenceLine[] {
    const before = told.get(workspaceId);
    const { session, event } = stateOf(workspaceId);
    const lines: PresenceLine[] = [];
    const isSame = before?.session.sessionId === session?.sessionId;
    if (before && !isSame) lines.push({ type: 'offline', session: before.session, reason });
    if (session && !isSame) lines.push({ type: 'online', session });
    if (session && event && !(isSame && before?.event === event))
      lines.push({ type: 'event', session, event });
    if (session) told.set(workspaceId, { session, event });
    else told.delete(workspaceId);
    return lines;
  }

  stream.on('drain', () => {
    isBlocked = false;
    flush();
  });
  return {
    changed(workspaceId, reason) {
      waiting.set(workspaceId, reason ?? waiting.get(workspaceId) ?? 'replaced');
      flush();
    },
  };
}
