import { Duplex } from 'node:stream';
import { vi } from 'vitest';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import type { AgentSession } from '../../src/features/agents/index.ts';

/** unreadStream is a stream of an agent that tells much, and reads nothing of what it is answered. */
export function unreadStream() {
  const stream = Object.assign(
    new Duplex({ read: () => undefined, write: () => undefined, highWaterMark: 1024 }),
    {
      ...{ streamId: 1, head: {}, respond: () => undefined, endWith: () => undefined },
      ...{ response: Promise.resolve({ ok: true }), trailers: Promise.resolve(undefined) },
      reset: vi.fn((_code: string) => void stream.destroy()),
    },
  );
  return stream satisfies TunnelStream;
}

/** hubWith has one agent, which is online once somebody listens, and answers everything with this stream. */
export function hubWith(stream: TunnelStream) {
  const session: AgentSession = {
    ...{ sessionId: 's', agentId: 'a', workspaceId: 'w', organizationId: 'o' },
    ...{ generation: 1, bootId: 'b', machineFingerprint: 'm' },
  };
  const asked: string[] = [];
  return {
    asked,
    request: async (_workspaceId: string, { method }: { method: string }) => {
      asked.push(method);
      return { stream, data: {} };
    },
    sessionOf: () => session,
    onPresence: (
      listener: (change: { session: AgentSession; online: boolean; reason: string }) => void,
    ) => {
      listener({ session, online: true, reason: 'connected' });
      return () => undefined;
    },
  };
}
