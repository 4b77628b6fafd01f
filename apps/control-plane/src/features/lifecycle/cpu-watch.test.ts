import { describe, expect, it } from 'vitest';
import type { AgentHub, Agents } from '../agents/index.ts';
import { watchCpu } from './cpu-watch.ts';

type EventListener = Parameters<Agents['events']['onEvent']>[0];
type PresenceListener = Parameters<AgentHub['onPresence']>[0];

const SESSION = {
  ...{ workspaceId: 'w', sessionId: 's', agentId: 'a', organizationId: 'o', generation: 1 },
  ...{ bootId: 'b', machineFingerprint: 'm' },
};

function stage() {
  const busy: string[] = [];
  const state = { nowMs: 0 };
  const listeners: EventListener[] = [];
  const presence: PresenceListener[] = [];
  watchCpu({
    onAgentEvent: (listener) => void listeners.push(listener),
    onPresence: (listener) => {
      presence.push(listener);
      return () => undefined;
    },
    clock: { monotonicMs: () => state.nowMs },
    onBusy: (workspaceId) => void busy.push(workspaceId),
  });
  /** A heartbeat every ten seconds, as agents send them. */
  function beat(cpuSeconds: readonly number[], sessionId = 's'): void {
    for (const workspaceCpuSeconds of cpuSeconds) {
      for (const listener of listeners)
        listener(
          { ...SESSION, sessionId },
          {
            ...{ type: 'heartbeat', at: '', rssBytes: 1, cpuSeconds: 99, loadAverage: 9 },
            ...{ processes: 1, workspaceCpuSeconds },
          },
        );
      state.nowMs += 10_000;
    }
  }
  function leave(): void {
    for (const listener of presence) listener({ session: SESSION, online: false, reason: 'gone' });
  }
  return { busy, beat, leave };
}

describe('processor work', () => {
  it('counts when it lasts, not when it is a moment', () => {
    const { busy, beat } = stage();

    beat([0, 5, 5, 5, 5, 5, 5]);
    expect(busy).toEqual([]);

    beat([8, 11, 14, 17, 20, 23]);
    expect(busy).toEqual(['w']);
  });

  it('of an idle server does not count, however long', () => {
    const { busy, beat } = stage();

    beat(Array.from({ length: 100 }, (_, index) => index * 0.5));

    expect(busy).toEqual([]);
  });

  it('begins anew with another agent, after a lost connection, and where the sum falls', () => {
    const { busy, beat, leave } = stage();

    beat([0, 0, 0]);
    beat([500, 500, 500, 500], 'other');
    beat([2, 2, 2, 2, 2, 2, 2], 'other');
    beat([2, 2, 2]);
    leave();
    beat([600, 600, 600, 600, 600, 600, 600]);

    expect(busy).toEqual([]);
  });
});
