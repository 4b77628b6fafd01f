import * as z from 'zod';
import { AgentEventSchema, type AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { AgentSession } from '../connections/index.ts';

const SessionSchema = z.object({
  sessionId: z.uuid(),
  agentId: z.uuid(),
  workspaceId: z.uuid(),
  organizationId: z.uuid(),
  generation: z.number(),
  bootId: z.string(),
  machineFingerprint: z.string(),
});

/** What replicas tell each other of the agents that they hold, one line of JSON each. */
const LineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('online'), session: SessionSchema }),
  z.object({ type: z.literal('offline'), session: SessionSchema, reason: z.string() }),
  z.object({ type: z.literal('event'), session: SessionSchema, event: z.unknown() }),
]);

export type PresenceLine =
  | { readonly type: 'online'; readonly session: AgentSession }
  | { readonly type: 'offline'; readonly session: AgentSession; readonly reason: string }
  | { readonly type: 'event'; readonly session: AgentSession; readonly event: AgentEvent };

/** 500 ports are the longest. */
export const MAX_PRESENCE_LINE = 256 * 1024;

export function formatPresence(line: PresenceLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** Undefined: a line of a newer version, of which nothing is lost but news. */
export function parsePresence(text: string): PresenceLine | undefined {
  const line = LineSchema.parse(JSON.parse(text));
  if (line.type !== 'event') return line;
  const event = AgentEventSchema.safeParse(line.event);
  return event.success ? { ...line, event: event.data } : undefined;
}
