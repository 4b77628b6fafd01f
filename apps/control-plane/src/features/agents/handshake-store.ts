import type { AgentRecord } from '@spt-flow/tunnel/admission';
import type { HandshakeStore } from '@spt-flow/tunnel/handshake-store';
import { recordAct } from './agent-audit.ts';
import { SILENCE_LIMIT_MS } from './agent-connection.ts';
import { sightingOf, type AgentStoreDeps } from './agent-store.ts';
import type { AgentRow } from './agents-repository.ts';
import { enrol } from './enrol.ts';

/** createHandshakeStore keeps agents, their keys, tokens and generations in the database. */
export function createHandshakeStore(deps: AgentStoreDeps): HandshakeStore {
  const { repository, keys, audit, clock } = deps;
  return {
    async findAgent(agentId, keyId) {
      const found = await repository.findWithKey(agentId, keyId);
      return found ? toRecord(found.agent, found.keyState ?? 'unknown', clock.now()) : null;
    },

    enrol: (request) => repository.transaction((tx) => enrol(deps, request, tx)),

    admit: ({ agentId: id, record, verdict, keyId, publicKeySpki }) =>
      repository.transaction(async (tx) => {
        const { ackedGeneration, generation: pendingGeneration, remark } = verdict;
        const { revision } = record;
        const changed = { ackedGeneration, pendingGeneration };
        const agent = await repository.change({ id, revision }, changed, tx);
        if (!agent) return false;
        if (record.keyState !== 'current') {
          const { organizationId } = agent;
          const ids = { organizationId, agentId: id, keyId, publicKey: publicKeySpki };
          await keys.makeCurrent({ ...ids, createdAt: clock.now() }, tx);
          await recordAct({ audit, tx }, agent, { action: 'agent.rotate', detail: { keyId } });
        }
        if (remark) await recordAct({ audit, tx }, agent, { action: `agent.${remark}` });
        return true;
      }),

    quarantine: (id, revision, quarantine) =>
      repository.transaction(async (tx) => {
        const stored = { ...quarantine, since: clock.now().toISOString() };
        const agent = await repository.change({ id, revision }, { quarantine: stored }, tx);
        if (!agent) return;
        const action = quarantine.state === 'open' ? 'agent.quarantine' : 'agent.suspect';
        await recordAct({ audit, tx }, agent, { action, detail: { ...quarantine } });
        await repository.notify(agent.workspaceId, tx);
      }),

    acknowledge: ({ agentId: id, generation, sessionId, machine, endsQuarantine }) =>
      repository.transaction(async (tx) => {
        const owner = {
          ...{ ackedGeneration: generation, pendingGeneration: null, sessionId },
          ...{ ...sightingOf(machine), lastSeenAt: clock.now() },
          ...(endsQuarantine && { quarantine: null }),
        };
        const expected = { id, pendingGeneration: generation };
        const agent = await repository.change(expected, owner, tx);
        if (!agent) return false;
        const { bootId, machineFingerprint } = machine;
        const detail = { generation, bootId, machineFingerprint };
        await recordAct({ audit, tx }, agent, { action: 'agent.connect', detail });
        await repository.notify(agent.workspaceId, tx);
        return true;
      }),
  };
}

function toRecord(agent: AgentRow, keyState: AgentRecord['keyState'], now: Date): AgentRecord {
  const { bootId, machineFingerprint, sessionId, lastSeenAt } = agent;
  const silentForMs = now.getTime() - (lastSeenAt?.getTime() ?? 0);
  return {
    workspaceId: agent.workspaceId,
    revision: agent.revision,
    revoked: agent.revokedAt !== null,
    channelBinding: agent.channelBinding,
    clonePolicy: agent.clonePolicy,
    keyState,
    ackedGeneration: agent.ackedGeneration,
    pendingGeneration: agent.pendingGeneration,
    machine: { bootId, machineFingerprint },
    isLive: sessionId !== null && silentForMs <= SILENCE_LIMIT_MS,
    quarantine: agent.quarantine,
  };
}
