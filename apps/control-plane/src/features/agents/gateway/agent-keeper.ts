import { grantJoinState } from '@spt-flow/tunnel/handshake/join-state';
import type { ProvenAgent } from '@spt-flow/tunnel/handshake/server';
import type { HandshakeRuntime } from '@spt-flow/tunnel/handshake/messages';
import { runServerRotation } from '@spt-flow/tunnel/handshake/rotation-server';
import { createStreamPort } from '@spt-flow/tunnel/stream-port';
import {
  AckSchema,
  RotationHelloSchema,
  RotationProofSchema,
} from '@spt-flow/shared/agent-protocol/handshake';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Clock } from '../../../lib/clock.ts';
import { createBatcher } from '../../../lib/batcher.ts';
import { createExclusive } from '../../../lib/exclusive.ts';
import type { AgentSession, LocalAgentHub } from '../connections/index.ts';
import type {
  AgentRow,
  HandshakeRepository,
  ControlPlaneIdentity,
  Incident,
  LiveIdentityStore,
} from '../identity/index.ts';
import { parserOf } from './message-parser.ts';

/** Without word from the database for so long, nobody knows who was revoked. */
const STALE_AFTER_MS = 5 * 60_000;
const WATCH_INTERVAL_MS = 30_000;
const RETRY_ROTATION_MS = 60 * 60_000;
const DAY_MS = 86_400_000;
/** After a restart thousands of agents come back at once. */
const MAX_BATCH = 200;

/** What happens to connections while revocations can't be read: `strict` ends them. */
export type RevocationView = 'strict' | 'best_effort';

export interface AgentKeeperDeps {
  readonly hub: LocalAgentHub;
  readonly handshakes: Pick<HandshakeRepository, 'findWithKeyAges'>;
  readonly store: LiveIdentityStore;
  readonly identity: ControlPlaneIdentity;
  readonly clock: Clock;
  readonly runtime: HandshakeRuntime;
  readonly report: (incident: Incident) => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly maxKeyAgeDays: number;
  readonly revocationView: RevocationView;
}

export interface AgentKeeper {
  /** Looks after a connection from now on; call it once the hub has it. */
  keep(session: AgentSession, agent: ProvenAgent): Promise<void>;
  /** The row of the workspace's agent has changed: ends the connection when it lost its right. */
  check(workspaceId: string): Promise<void>;
  checkAll(): Promise<void>;
  /** A heartbeat was written, or not any more. */
  onHeartbeat(session: AgentSession, isOwner: boolean): void;
  /** Changes the key of a connected agent; AppError when it is offline or does not do it. */
  rotate(workspaceId: string): Promise<void>;
  /** A connected agent holds its key for too old; asking more than once an hour changes nothing. */
  onKeyAged(workspaceId: string): Promise<void>;
  /** Changes the keys that are too old, and ends connections of which nothing is known. */
  watch(): Promise<void>;
  /** Resolves once the sessions that ended are written. */
  close(): Promise<void>;
}

interface Kept {
  readonly session: AgentSession;
  agent: ProvenAgent;
  /** When its key is to be changed next. */
  rotateAt: Date;
  /** When its key was last changed, or not, for the agent's own asking. */
  askedMs: number | undefined;
  /** When it was last known to be the owner. */
  confirmedMs: number;
}

/** createAgentKeeper ends connections that lost their right, answers suspicions, and keeps keys young. */
export function createAgentKeeper(deps: AgentKeeperDeps): AgentKeeper {
  const { hub, store, clock, onError } = deps;
  const look = createBatcher({ run: deps.handshakes.findWithKeyAges, maxSize: MAX_BATCH });
  const kept = new Map<string, Kept>();
  /** What is done about one workspace is done in turn. */
  const { run: inTurn } = createExclusive();
  const endings = new Set<Promise<void>>();
  const timer = setInterval(() => void watch().catch(onError), WATCH_INTERVAL_MS);
  timer.unref();
  const stopListening = hub.onPresence(({ session, online, reason }) => {
    if (!online) forget(session, reason);
  });

  function forget(session: AgentSession, reason: string): void {
    if (kept.get(session.workspaceId)?.session === session) kept.delete(session.workspaceId);
    const ending = store.endSession(session, reason).catch(onError);
    endings.add(ending);
    void ending.then(() => endings.delete(ending));
  }

  function confirm({ workspaceId, sessionId }: AgentSession): void {
    const entry = kept.get(workspaceId);
    if (entry?.session.sessionId === sessionId) entry.confirmedMs = clock.monotonicMs();
  }

  /** Returns since when the agent has its key. */
  async function check(workspaceId: string): Promise<Date | undefined> {
    const session = hub.sessionOf(workspaceId);
    if (!session) return undefined;
    const { agent, keySince } = (await look(session.agentId)) ?? {};
    if (agent?.sessionId !== session.sessionId) {
      hub.end(session, agent?.sessionId ? 'replaced' : 'revoked');
      return undefined;
    }
    confirm(session);
    if (agent.quarantine?.state === 'suspected') await settle(session, agent);
    return keySince ?? undefined;
  }

  async function settle(session: AgentSession, agent: AgentRow): Promise<void> {
    const isAlive = await hub.isAlive(session.workspaceId);
    if (!(await store.settleSuspicion(agent, isAlive))) return;
    if (!isAlive) return hub.end(session, 'half_open');
    if (agent.quarantine) {
      await deps.report({ kind: 'second_machine', agentId: agent.id, machine: agent.quarantine });
    }
    const entry = kept.get(session.workspaceId);
    if (entry) await renew(deps, entry);
  }

  async function rotate(workspaceId: string): Promise<void> {
    const entry = kept.get(workspaceId);
    if (!entry) throw new AppError('agent_offline');
    entry.rotateAt = new Date(clock.now().getTime() + RETRY_ROTATION_MS);
    entry.agent = await changeKey(deps, entry);
    entry.rotateAt = nextRotation(deps, clock.now());
  }

  async function onKeyAged(workspaceId: string): Promise<void> {
    const entry = kept.get(workspaceId);
    const nowMs = clock.monotonicMs();
    if (!entry || nowMs - (entry.askedMs ?? -Infinity) < RETRY_ROTATION_MS) return;
    entry.askedMs = nowMs;
    await inTurn(workspaceId, () => rotate(workspaceId));
  }

  async function watch(): Promise<void> {
    const isStrict = deps.revocationView === 'strict';
    for (const { session, confirmedMs, rotateAt } of [...kept.values()]) {
      const isStale = clock.monotonicMs() - confirmedMs > STALE_AFTER_MS;
      if (isStrict && isStale) hub.end(session, 'revocations_unknown');
      else if (rotateAt <= clock.now())
        await inTurn(session.workspaceId, () => rotate(session.workspaceId)).catch(onError);
    }
  }

  return {
    ...{ watch, onKeyAged },
    async check(workspaceId) {
      await inTurn(workspaceId, () => check(workspaceId));
    },
    rotate: (workspaceId) => inTurn(workspaceId, () => rotate(workspaceId)),

    async keep(session, agent) {
      const { workspaceId } = session;
      const rotateAt = nextRotation(deps, clock.now());
      const confirmedMs = clock.monotonicMs();
      const entry: Kept = { session, agent, rotateAt, confirmedMs, askedMs: undefined };
      kept.set(workspaceId, entry);
      await inTurn(workspaceId, async () => {
        // It may have lost its right while it was taken over.
        const keySince = await check(workspaceId);
        if (keySince) entry.rotateAt = nextRotation(deps, keySince);
      });
    },

    async checkAll() {
      for (const { workspaceId } of hub.sessions)
        await inTurn(workspaceId, () => check(workspaceId));
    },

    onHeartbeat(session, isOwner) {
      if (isOwner) confirm(session);
      else hub.end(session, 'replaced');
    },

    async close() {
      clearInterval(timer);
      stopListening();
      await Promise.all(endings);
    },
  };
}

function nextRotation({ maxKeyAgeDays }: AgentKeeperDeps, since: Date): Date {
  return new Date(since.getTime() + maxKeyAgeDays * DAY_MS);
}

/** A newer state than the copy has: whatever becomes of this connection, the copy's is the old one. */
async function renew(deps: AgentKeeperDeps, { session, agent }: Kept): Promise<void> {
  const { agentId, keyId } = agent;
  const generation = await deps.store.stageGeneration(session);
  if (generation === undefined) return;
  const joinState = grantJoinState(signerOf(deps), { agentId, keyId, generation });
  await deps.hub.request(session.workspaceId, { method: 'identity.renew', joinState });
  await deps.store.finishGeneration(session, generation);
}

async function changeKey(deps: AgentKeeperDeps, { session, agent }: Kept): Promise<ProvenAgent> {
  const { stream } = await deps.hub.request(session.workspaceId, { method: 'identity.rotate' });
  try {
    return await runServerRotation({
      ...signerOf(deps),
      port: createStreamPort(stream),
      parse: {
        hello: parserOf(RotationHelloSchema),
        proof: parserOf(RotationProofSchema),
        ack: parserOf(AckSchema),
      },
      runtime: deps.runtime,
      store: deps.store,
      agent,
    });
  } finally {
    stream.end();
  }
}

function signerOf({ identity, runtime }: AgentKeeperDeps) {
  return { key: identity.key, controlPlaneEpoch: identity.epoch, runtime };
}
