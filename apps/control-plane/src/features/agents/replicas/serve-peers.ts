import * as z from 'zod';
import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import { RequestHeadSchema } from '@spt-flow/shared/agent-protocol/requests';
import { TunnelError, type TunnelStream } from '@spt-flow/tunnel/types';
import { answerWith, type Replicas } from '../../replicas/index.ts';
import type { AgentEventSink } from '../events/index.ts';
import type { LocalAgentHub } from '../connections/index.ts';
import { followPresence, type PresenceFeed, type PresenceState } from './presence-feed.ts';
import { relayStream } from './relay-stream.ts';

const RequestSchema = z.object({ workspaceId: z.uuid(), head: RequestHeadSchema });
const RotateSchema = z.object({ workspaceId: z.uuid() });
const MoveSchema = z.object({ workspaceId: z.uuid(), organizationId: z.uuid() });
const DisconnectSchema = z.object({ workspaceId: z.uuid(), reason: z.string().max(100) });

export interface ServePeersDeps {
  readonly replicas: Pick<Replicas, 'serve'>;
  readonly hub: LocalAgentHub;
  readonly events: Pick<AgentEventSink, 'onEvent'>;
  readonly rotate: (workspaceId: string) => Promise<void>;
}

/** servePeers lets the other replicas at the agents that are connected to this one. */
export function servePeers({ replicas, hub, events, rotate }: ServePeersDeps): void {
  replicas.serve('agents.request', (stream, head) => pass(hub, stream, head));
  replicas.serve('agents.presence', tellPresence(hub, events));
  replicas.serve(
    'agents.move',
    answerWith(MoveSchema, async ({ workspaceId, organizationId }) =>
      hub.moveTo(workspaceId, organizationId),
    ),
  );
  replicas.serve(
    'agents.rotate',
    answerWith(RotateSchema, ({ workspaceId }) => rotate(workspaceId)),
  );
  replicas.serve(
    'agents.disconnect',
    answerWith(DisconnectSchema, async ({ workspaceId, reason }) =>
      hub.disconnect(workspaceId, reason),
    ),
  );
}

function pass(hub: LocalAgentHub, stream: TunnelStream, value: unknown): void {
  const request = RequestSchema.safeParse(value);
  if (!request.success) return stream.reset('bad_request');
  const { workspaceId, head } = request.data;
  try {
    const answering = hub.open(workspaceId, head);
    if (!answering) return stream.reset('agent_offline');
    relayStream(stream, answering);
  } catch (error) {
    stream.reset(error instanceof TunnelError ? error.code : 'internal');
  }
}

/** What replicas without the agent show of it: that it is there, and its ports. */
function tellPresence(hub: LocalAgentHub, events: ServePeersDeps['events']) {
  const followers = new Set<PresenceFeed>();
  const ports = new Map<string, { sessionId: string; event: AgentEvent }>();

  function stateOf(workspaceId: string): PresenceState {
    const session = hub.sessionOf(workspaceId);
    const told = ports.get(workspaceId);
    return { session, event: told?.sessionId === session?.sessionId ? told?.event : undefined };
  }

  events.onEvent(({ workspaceId, sessionId }, event) => {
    // What another replica told is told by it to all.
    if (event.type !== 'ports' || hub.sessionOf(workspaceId)?.sessionId !== sessionId) return;
    ports.set(workspaceId, { sessionId, event });
    for (const follower of followers) follower.changed(workspaceId);
  });
  hub.onPresence(({ session: { workspaceId, sessionId }, online, reason }) => {
    if (!online && ports.get(workspaceId)?.sessionId === sessionId) ports.delete(workspaceId);
    for (const follower of followers) follower.changed(workspaceId, online ? undefined : reason);
  });

  return (stream: TunnelStream): void => {
    stream.resume();
    stream.respond({ ok: true });
    const follower = followPresence(stream, stateOf);
    for (const { workspaceId } of hub.sessions) follower.changed(workspaceId);
    followers.add(follower);
    stream.once('close', () => followers.delete(follower));
  };
}
