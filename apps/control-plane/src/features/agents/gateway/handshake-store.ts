import type { AgentRecord } from '@spt-flow/tunnel/handshake/admission';
import type { HandshakeStore } from '@spt-flow/tunnel/handshake/store';
import { createBatcher } from '../../../lib/batcher.ts';
import { createRequestLimit } from '../../../lib/request-limit.ts';
import {
  recordAct,
  recordActs,
  sightingOf,
  type AgentRow,
  type AgentStoreDeps,
  type Ownership,
} from '../identity/index.ts';
import { SILENCE_LIMIT_MS } from '../connections/index.ts';
import { enrol } from './enrol.ts';

/** After a restart all agents come back at once: they share statements. */
const MAX_BATCH = 200;
/** Of an agent: each connection is written to the audit log. */
const CONNECTIONS_PER_MINUTE = 30;

/** createHandshakeStore keeps agents, their keys, tokens and generations in the database. */
export function createHandshakeStore(deps: AgentStoreDeps): HandshakeStore {
  const { repository, handshakes, keys, audit, clock } = deps;
  const find = createBatcher({ run: handshakes.findWithKeys, maxSize: MAX_BATCH });
  const admit = createBatcher({ run: handshakes.admit, maxSize: MAX_BATCH });
  const own = createBatcher({
    run: (ownerships: readonly Ownership[]) => ownAll(deps, ownerships),
    maxSize: MAX_BATCH,
  });
  const connections = createRequestLimit(CONNECTIONS_PER_MINUTE, clock);
  return {
    async findAgent(agentId, keyId) {
      const found = await find({ agentId, keyId });
      return found ? toRecord(found.agent, found.keyState ?? 'unknown', clock.now()) : null;
    },

    enrol: (request) => repository.transaction((tx) => enrol(deps, request, tx)),

    async admit({ agentId: id, record, verdict, keyId, publicKeySpki }) {
      if (connections.count(id).isOver) return false;
      const { ackedGeneration, generation: pendingGeneration, remark } = verdict;
      const { revision } = record;
      const generations = { ackedGeneration, pendingGeneration };
      if (record.keyState === 'current' && !remark) return admit({ id, revision, ...generations });
      return repository.transaction(async (tx) => {
        const agent = await repository.change({ id, revision }, generations, tx);
        if (!agent) return false;
        if (record.keyState !== 'current') {
          const { organizationId } = agent;
          const ids = { organizationId, agentId: id, keyId, publicKey: publicKeySpki };
          await keys.makeCurrent({ ...ids, createdAt: clock.now() }, tx);
          await recordAct({ audit, tx }, agent, { action: 'agent.rotate', detail: { keyId } });
        }
        if (remark) await recordAct({ audit, tx }, agent, { action: `agent.${remark}` });
        return true;
      });
    },

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
      own({ id, generation, sessionId, sighting: sightingOf(machine), endsQuarantine }),
  };
}

/** True for those whose session has the agent now. */
async function ownAll(
  { handshakes, audit, clock }: AgentStoreDeps,
  ownerships: readonly Ownership[],
): Promise<boolean[]> {
  return handshakes.transaction(async (tx) => {
    const owned = await handshakes.own(ownerships, clock.now(), tx);
    const acts = ownerships.flatMap(({ generation, sighting }, index) => {
      const agent = owned[index];
      const { bootId, machineFingerprint } = sighting;
      const detail = { generation, bootId, machineFingerprint };
      return agent ? [{ agent, act: { action: 'agent.connect', detail } }] : [];
    });
    await recordActs({ audit, tx }, acts);
    await handshakes.notify(
      acts.map(({ agent }) => agent.workspaceId),
      tx,
    );
    return owned.map((agent) => agent !== undefined);
  });
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
