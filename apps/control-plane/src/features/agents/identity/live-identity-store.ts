import type { KeyChange, RotationStore } from '@spt-flow/tunnel/handshake/rotation-server';
import { createBatcher } from '../../../lib/batcher.ts';
import { recordAct, recordActs } from './agent-audit.ts';
import type { AgentStoreDeps } from './agent-store.ts';
import type { AgentRow } from './agents-repository.ts';

interface SessionRef {
  readonly agentId: string;
  readonly sessionId: string;
}

/** LiveIdentityStore changes the identity of an agent that is connected; only the owning session may. */
export interface LiveIdentityStore extends RotationStore {
  /** The generation after all others; undefined when the session does not own the agent. */
  stageGeneration(session: SessionRef): Promise<number | undefined>;
  finishGeneration(session: SessionRef, generation: number): Promise<boolean>;
  endSession(session: SessionRef, reason: string): Promise<void>;
  /** The live connection was asked whether it lives: if so the suspect is detained, else it may come. */
  settleSuspicion(agent: AgentRow, isAlive: boolean): Promise<boolean>;
}

interface Ending extends SessionRef {
  readonly reason: string;
}

/** Where a network is cut, all its agents go at once. */
const MAX_BATCH = 200;

/** A key that may not be used takes the whole change back. */
class KeyRefusedError extends Error {
  override readonly name = 'KeyRefusedError';
}

export function createLiveIdentityStore(deps: AgentStoreDeps): LiveIdentityStore {
  const { repository, keys, audit, clock } = deps;
  const end = createBatcher({
    run: (endings: readonly Ending[]) => endAll(deps, endings),
    maxSize: MAX_BATCH,
  });
  return {
    stageKey: (change) =>
      repository
        .transaction((tx) => stageKey(deps, change, tx))
        .catch((error: unknown) => {
          if (error instanceof KeyRefusedError) return undefined;
          throw error;
        }),

    finishKey: ({ agentId: id, sessionId, nextKeyId, nextPublicKeySpki: publicKey }, generation) =>
      repository.transaction(async (tx) => {
        const expected = { id, sessionId, pendingGeneration: generation };
        const taken = { ackedGeneration: generation, pendingGeneration: null };
        const agent = await repository.change(expected, taken, tx);
        if (!agent) return false;
        const { organizationId } = agent;
        const ids = { organizationId, agentId: id, keyId: nextKeyId, publicKey };
        await keys.makeCurrent({ ...ids, createdAt: clock.now() }, tx);
        await recordAct({ audit, tx }, agent, {
          action: 'agent.rotate',
          detail: { keyId: nextKeyId },
        });
        return true;
      }),

    async stageGeneration({ agentId: id, sessionId }) {
      const agent = await repository.transaction((tx) =>
        repository.stageGeneration({ id, sessionId }, tx),
      );
      return agent?.pendingGeneration ?? undefined;
    },

    finishGeneration: ({ agentId: id, sessionId }, generation) =>
      repository.transaction(async (tx) => {
        const expected = { id, sessionId, pendingGeneration: generation };
        const taken = { ackedGeneration: generation, pendingGeneration: null };
        const agent = await repository.change(expected, taken, tx);
        if (!agent) return false;
        await recordAct({ audit, tx }, agent, { action: 'agent.renew', detail: { generation } });
        return true;
      }),

    endSession: async ({ agentId, sessionId }, reason) => end({ agentId, sessionId, reason }),

    settleSuspicion: ({ id, revision, quarantine: suspect }, isAlive) =>
      repository.transaction(async (tx) => {
        if (suspect?.state !== 'suspected') return false;
        const settled = isAlive
          ? { quarantine: { ...suspect, state: 'open' as const } }
          : { quarantine: null, sessionId: null };
        const agent = await repository.change({ id, revision }, settled, tx);
        if (!agent) return false;
        const action = isAlive ? 'agent.quarantine' : 'agent.absolve';
        await recordAct({ audit, tx }, agent, { action, detail: { ...suspect } });
        return true;
      }),
  };
}

async function endAll(
  { handshakes, audit }: AgentStoreDeps,
  endings: readonly Ending[],
): Promise<undefined[]> {
  return handshakes.transaction(async (tx) => {
    const disowned = await handshakes.disown(endings, tx);
    const acts = endings.flatMap(({ reason }, index) => {
      const agent = disowned[index];
      return agent ? [{ agent, act: { action: 'agent.disconnect', detail: { reason } } }] : [];
    });
    await recordActs({ audit, tx }, acts);
    return endings.map(() => undefined);
  });
}

type Tx = Parameters<Parameters<AgentStoreDeps['repository']['transaction']>[0]>[0];

async function stageKey(
  { repository, keys, audit, clock }: AgentStoreDeps,
  { agentId: id, sessionId, keyId, nextKeyId, nextPublicKeySpki: publicKey }: KeyChange,
  tx: Tx,
): Promise<number | undefined> {
  // Locks the row: until the end of this transaction nobody else changes the agent's keys.
  const agent = await repository.stageGeneration({ id, sessionId }, tx);
  const present = agent && (await keys.find(keyId, tx));
  if (!agent || present?.key.state !== 'current') throw new KeyRefusedError();
  const { organizationId } = agent;
  const next = { organizationId, agentId: id, keyId: nextKeyId, publicKey, createdAt: clock.now() };
  if (!(await keys.makeNext(next, tx))) throw new KeyRefusedError();
  await recordAct({ audit, tx }, agent, {
    action: 'agent.stage_key',
    detail: { keyId: nextKeyId },
  });
  return agent.pendingGeneration ?? undefined;
}
