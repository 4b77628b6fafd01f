import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { AgentHub, Agents } from '../agents/index.ts';

type PortsEvent = Extract<AgentEvent, { type: 'ports' }>;

/** OpenPorts knows what workspaces listen on, as their agents tell it: each tells all of it when it connects. */
export interface OpenPorts {
  /** Undefined while the agent is away. */
  of(workspaceId: string): Pick<PortsEvent, 'isSupported' | 'ports'> | undefined;
  close(): void;
}

export interface OpenPortsDeps {
  readonly onAgentEvent: Agents['events']['onEvent'];
  readonly onPresence: AgentHub['onPresence'];
  readonly onChanged: (workspaceId: string) => void;
}

/** INVARIANT: what is known of a workspace was told over the connection that is open now. */
export function createOpenPorts(deps: OpenPortsDeps): OpenPorts {
  const told = new Map<string, PortsEvent & { sessionId: string }>();

  deps.onAgentEvent(({ workspaceId, sessionId }, event) => {
    if (event.type !== 'ports') return;
    told.set(workspaceId, { ...event, sessionId });
    deps.onChanged(workspaceId);
  });
  const stopListening = deps.onPresence(({ session: { workspaceId, sessionId }, online }) => {
    if (online || told.get(workspaceId)?.sessionId !== sessionId) return;
    told.delete(workspaceId);
    deps.onChanged(workspaceId);
  });

  return { of: (workspaceId) => told.get(workspaceId), close: stopListening };
}
