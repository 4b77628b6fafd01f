import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import type { Database } from '@spt-flow/db/client';
import { createAgentEventSink } from '../../src/features/agents/events/agent-event-sink.ts';
import { createAgentsEverywhere } from '../../src/features/agents/replicas/agents-everywhere.ts';
import {
  createAgentHub,
  type AgentSession,
  type PresenceChange,
} from '../../src/features/agents/index.ts';
import { createReplicas } from '../../src/features/replicas/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { freePort } from '../support/ports.ts';

export const SECRET_KEY = 'of-the-installation-'.repeat(3);

export type StagedReplica = Awaited<ReturnType<typeof startReplica>>;

/** startReplica is as much of a replica as knows agents, at an address of its own. */
export async function startReplica(db: Database, secretKey = SECRET_KEY) {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const address = `127.0.0.1:${await freePort()}`;
  const replicas = createReplicas({ db, address, secretKey, clock: systemClock, onError });
  const events = createAgentEventSink({
    heartbeats: { record: () => undefined },
    logs: { append: async () => undefined },
    clock: systemClock,
  });
  const here = createAgentHub({ clock: systemClock, onEvents: events.store, onError });
  const rotated: string[] = [];
  const rotate = async (workspaceId: string) => void rotated.push(workspaceId);
  const hub = createAgentsEverywhere({ replicas, local: here, events, onError, rotate });
  const presence: PresenceChange[] = [];
  hub.onPresence((change) => void presence.push(change));
  await replicas.start();
  return {
    ...{ replicas, address, here, hub, events, presence, errors, rotated },
    async close() {
      await replicas.close();
      await replicas.leave();
      here.close();
    },
  };
}

/** linked looks until each knows the agents of the others, and is known. */
export async function linked(...replicas: readonly StagedReplica[]): Promise<void> {
  await vi.waitFor(async () => {
    for (const one of replicas) one.replicas.look();
    for (const one of replicas)
      for (const other of replicas)
        if (one !== other)
          await one.replicas.ask(other.replicas.id, {
            to: 'agents.disconnect',
            ...{ workspaceId: randomUUID(), reason: 'nobody is there' },
          });
  });
}

export function sessionOf(workspaceId: string, change: Partial<AgentSession> = {}): AgentSession {
  return {
    ...{ sessionId: randomUUID(), agentId: randomUUID(), workspaceId, generation: 1 },
    ...{ organizationId: randomUUID(), bootId: 'boot-1', machineFingerprint: 'machine-1' },
    ...change,
  };
}
