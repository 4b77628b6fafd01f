import { z } from 'zod';
import { RequestHeadSchema } from '@spt-flow/shared/agent-protocol/requests';
import { TunnelError, type TunnelStream } from '@spt-flow/tunnel/types';
import { answerWith, type Replicas } from '../replicas/index.ts';
import type { AgentEventSink } from './agent-event-sink.ts';
import type { LocalAgentHub } from './agent-hub.ts';
import { formatPresence, type PresenceLine } from './presence-lines.ts';
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
  const followers = new Set<TunnelStream>();
  const ports = new Map<string, PresenceLine>();

  function tell(line: PresenceLine): void {
    for (const follower of followers) follower.write(formatPresence(line));
  }

  events.onEvent((session, event) => {
    const { workspaceId, sessionId } = session;
    // What another replica told is told by it to all.
    if (event.type !== 'ports' || hub.sessionOf(workspaceId)?.sessionId !== sessionId) return;
    const line: PresenceLine = { type: 'event', session, event };
    ports.set(workspaceId, line);
    tell(line);
  });
  hub.onPresence(({ session, online, reason }) => {
    const { workspaceId, sessionId } = session;
    if (!online && ports.get(workspaceId)?.session.sessionId === sessionId)
      ports.delete(workspaceId);
    tell(online ? { type: 'online', session } : { type: 'offline', session, reason });
  });

  return (stream: TunnelStream): void => {
    stream.resume();
    stream.respond({ ok: true });
    for (const session of hub.sessions) stream.write(formatPresence({ type: 'online', session }));
    for (const line of ports.values()) stream.write(formatPresence(line));
    followers.add(stream);
    stream.once('close', () => followers.delete(stream));
  };
}
