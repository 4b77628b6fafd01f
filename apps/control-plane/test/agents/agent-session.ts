import { randomUUID } from 'node:crypto';
import type { AgentSession } from '../../src/features/agents/index.ts';

const agentId = randomUUID();
export const workspaceId = randomUUID();

/** agentSession is a new session of one and the same agent. */
export function agentSession(change: Partial<AgentSession> = {}): AgentSession {
  return {
    sessionId: randomUUID(),
    agentId,
    workspaceId,
    organizationId: randomUUID(),
    generation: 1,
    bootId: 'boot-1',
    machineFingerprint: 'machine-1',
    ...change,
  };
}
