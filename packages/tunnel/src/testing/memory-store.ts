import type { AgentRecord, ClonePolicy, Quarantine } from '../handshake/admission.ts';
import { nextGeneration } from '../handshake/admission.ts';
import { hashJoinToken } from '../handshake/crypto.ts';
import type { ChannelBinding } from '../handshake/messages.ts';
import type {
  Acknowledgement,
  AdmissionChange,
  EnrolRequest,
  EnrolResult,
  HandshakeStore,
} from '../handshake/store.ts';
import type { KeyChange, RotationStore } from '../handshake/rotation-server.ts';

type StoredAgent = Omit<AgentRecord, 'keyState' | 'isLive'> & {
  readonly sessionId: string | null;
  /** By key id; never removed. */
  readonly keys: Readonly<Record<string, 'current' | 'next' | 'retired'>>;
};

interface StoredToken {
  readonly workspaceId: string;
  readonly mode: 'enrol' | 'fork';
  readonly channelBinding: ChannelBinding;
  /** Who used it, and for which generation: until that is acknowledged, the same key may come again. */
  readonly used: { readonly keyId: string; readonly generation: number } | null;
}

export interface TokenTerms {
  readonly workspaceId?: string;
  readonly mode?: 'enrol' | 'fork';
  readonly channelBinding?: ChannelBinding;
}

/** MemoryStore is a control plane's store in memory: each method does what a database does in one transaction. */
export class MemoryStore implements HandshakeStore, RotationStore {
  agents = new Map<string, StoredAgent>();
  tokens = new Map<string, StoredToken>();
  /** Policy of agents that enrol from now on. */
  clonePolicy: ClonePolicy = 'reject';
  /** How often something was changed. */
  changes = 0;

  issue(token: string, terms: TokenTerms = {}): void {
    this.issueHash(hashJoinToken(token), terms);
  }

  /** A token that the agent has made for itself. */
  issueHash(tokenHash: string, terms: TokenTerms = {}): void {
    this.tokens.set(tokenHash, {
      workspaceId: terms.workspaceId ?? idOf('a', 1),
      mode: terms.mode ?? 'enrol',
      channelBinding: terms.channelBinding ?? 'tls-exporter',
      used: null,
    });
  }

  async findAgent(agentId: string, keyId: string): Promise<AgentRecord | null> {
    const agent = this.agents.get(agentId);
    if (!agent) return null;
    const { keys, sessionId, ...record } = agent;
    return { ...record, keyState: keys[keyId] ?? 'unknown', isLive: sessionId !== null };
  }

  async enrol(request: EnrolRequest): Promise<EnrolResult> {
    const { tokenHash, keyId } = request;
    const token = this.tokens.get(tokenHash);
    const isMeant = token?.mode === request.mode && token.channelBinding === request.channelBinding;
    if (!token || !isMeant) return { outcome: 'invalid' };
    const known = [...this.agents].find(([, { keys }]) => keyId in keys);
    if (token.used) return this.#again(request, token.used, known);
    const isOthers = known && !mayRejoin(known[1], { ...request, workspaceId: token.workspaceId });
    if (isOthers) return { outcome: 'invalid' };
    const generation = known ? nextGeneration(known[1]) + 1 : 1;
    this.tokens.set(tokenHash, { ...token, used: { keyId, generation } });
    if (!known) return this.#insert(request, token.workspaceId);
    const [agentId, { workspaceId, keys }] = known;
    const restarted = { ackedGeneration: generation - 1, pendingGeneration: generation };
    this.#change(agentId, { ...restarted, keys: promote(keys, keyId) });
    return { outcome: 'enrolled', agentId, workspaceId, generation };
  }

  async admit({ agentId, record, verdict, keyId }: AdmissionChange): Promise<boolean> {
    const agent = this.agents.get(agentId);
    if (agent?.revision !== record.revision || agent.revoked) return false;
    const { ackedGeneration, generation: pendingGeneration } = verdict;
    const keys = agent.keys[keyId] === 'current' ? agent.keys : promote(agent.keys, keyId);
    return this.#change(agentId, { ackedGeneration, pendingGeneration, keys });
  }

  async quarantine(agentId: string, revision: number, quarantine: Quarantine): Promise<void> {
    if (this.agents.get(agentId)?.revision === revision) this.#change(agentId, { quarantine });
  }

  async acknowledge(ack: Acknowledgement): Promise<boolean> {
    const { agentId, generation, sessionId, machine, endsQuarantine } = ack;
    const agent = this.agents.get(agentId);
    if (agent?.pendingGeneration !== generation || agent.revoked) return false;
    const quarantine = endsQuarantine ? null : agent.quarantine;
    const taken = { ackedGeneration: generation, pendingGeneration: null, machine, sessionId };
    return this.#change(agentId, { ...taken, quarantine });
  }

  async stageKey({ agentId, sessionId, keyId, nextKeyId }: KeyChange) {
    const agent = this.agents.get(agentId);
    if (agent?.sessionId !== sessionId || agent.keys[keyId] !== 'current') return undefined;
    const isTaken = [...this.agents.values()].some(
      ({ keys }) => nextKeyId in keys && !(keys === agent.keys && keys[nextKeyId] === 'next'),
    );
    if (isTaken) return undefined;
    const keys = { ...retire(agent.keys, 'next'), [nextKeyId]: 'next' as const };
    const pendingGeneration = nextGeneration(agent);
    this.#change(agentId, { keys, pendingGeneration });
    return pendingGeneration;
  }

  async finishKey({ agentId, sessionId, nextKeyId }: KeyChange, generation: number) {
    const agent = this.agents.get(agentId);
    const isNext = agent?.keys[nextKeyId] === 'next' && agent.pendingGeneration === generation;
    if (!isNext || agent.sessionId !== sessionId) return false;
    const keys = promote(agent.keys, nextKeyId);
    return this.#change(agentId, { keys, ackedGeneration: generation, pendingGeneration: null });
  }

  /** Gives the session a newer generation than any copy can have. */
  async stageGeneration(agentId: string, sessionId: string): Promise<number | undefined> {
    const agent = this.agents.get(agentId);
    if (agent?.sessionId !== sessionId) return undefined;
    const pendingGeneration = nextGeneration(agent);
    this.#change(agentId, { pendingGeneration });
    return pendingGeneration;
  }

  async finishGeneration(agentId: string, sessionId: string, generation: number) {
    const agent = this.agents.get(agentId);
    if (agent?.sessionId !== sessionId || agent.pendingGeneration !== generation) return false;
    return this.#change(agentId, { ackedGeneration: generation, pendingGeneration: null });
  }

  /** The connection is over, or turned out to be dead. */
  async endSession(agentId: string, sessionId: string): Promise<void> {
    const agent = this.agents.get(agentId);
    if (agent?.sessionId === sessionId) this.#change(agentId, { sessionId: null });
  }

  /** A person's decision, or the answer of the live connection that was asked whether it lives. */
  setQuarantine(agentId: string, state: Quarantine['state'] | 'none'): void {
    const quarantine = this.agents.get(agentId)?.quarantine;
    if (quarantine)
      this.#change(agentId, { quarantine: state === 'none' ? null : { ...quarantine, state } });
  }

  revoke(agentId: string): void {
    this.#change(agentId, { revoked: true, sessionId: null });
  }

  /** As from a backup. */
  snapshot(): () => void {
    const agents = new Map(this.agents);
    const tokens = new Map(this.tokens);
    return () => {
      this.agents = new Map(agents);
      this.tokens = new Map(tokens);
    };
  }

  #insert(request: EnrolRequest, workspaceId: string): EnrolResult {
    this.changes += 1;
    for (const [id, agent] of this.agents) if (agent.workspaceId === workspaceId) this.revoke(id);
    const { bootId, machineFingerprint, channelBinding, keyId } = request;
    const agentId = idOf('b', this.changes);
    this.agents.set(agentId, {
      ...{ workspaceId, channelBinding, clonePolicy: this.clonePolicy },
      ...{ revision: 0, revoked: false, sessionId: null, quarantine: null },
      ...{ ackedGeneration: 0, pendingGeneration: 1 },
      machine: { bootId, machineFingerprint },
      keys: { [keyId]: 'current' },
    });
    return { outcome: 'enrolled', agentId, workspaceId, generation: 1 };
  }

  /** Another key than the one that used the token is an incident. */
  #again(
    { keyId }: EnrolRequest,
    used: { keyId: string; generation: number },
    known: [string, StoredAgent] | undefined,
  ): EnrolResult {
    if (used.keyId !== keyId || !known) {
      const holder = [...this.agents].find(([, { keys }]) => used.keyId in keys);
      return holder ? { outcome: 'reused', agentId: holder[0] } : { outcome: 'invalid' };
    }
    const [agentId, agent] = known;
    const isAcknowledged = agent.ackedGeneration >= used.generation;
    if (isAcknowledged || agent.revoked) return { outcome: 'invalid' };
    const generation = nextGeneration(agent);
    this.#change(agentId, { pendingGeneration: generation });
    return { outcome: 'enrolled', agentId, workspaceId: agent.workspaceId, generation };
  }

  #change(agentId: string, change: Partial<StoredAgent>): true {
    const agent = this.agents.get(agentId);
    this.changes += 1;
    if (agent) this.agents.set(agentId, { ...agent, ...change, revision: agent.revision + 1 });
    return true;
  }
}

/** A token of its own workspace lets an agent in that had lost its state. */
function mayRejoin(agent: StoredAgent, request: EnrolRequest & { workspaceId: string }): boolean {
  const isItsOwn = agent.workspaceId === request.workspaceId && !agent.revoked;
  return isItsOwn && request.mode === 'enrol' && agent.keys[request.keyId] !== 'retired';
}

function retire(keys: StoredAgent['keys'], ...states: string[]): StoredAgent['keys'] {
  return Object.fromEntries(
    Object.entries(keys).map(([id, state]) => [id, states.includes(state) ? 'retired' : state]),
  );
}

function promote(keys: StoredAgent['keys'], keyId: string): StoredAgent['keys'] {
  return { ...retire(keys, 'current', 'next'), [keyId]: 'current' };
}

/** A UUID that says what it is of. */
function idOf(kind: string, count: number): string {
  return `00000000-0000-4000-8000-${kind.repeat(8)}${count.toString(16).padStart(4, '0')}`;
}
