import { createHash } from 'node:crypto';
import {
  type AgentCredential,
  type AgentHandshakeOptions,
  type AgentState,
  runAgentHandshake,
} from '../../src/handshake-agent.ts';
import { generateSigningKey } from '../../src/handshake-crypto.ts';
import type { HandshakeRuntime, MachineFacts } from '../../src/handshake-messages.ts';
import {
  type AgentRecord,
  type EnrolRequest,
  type EnrolResult,
  type GenerationChange,
  type HandshakeIncident,
  type HandshakeStore,
  runServerHandshake,
  type ServerHandshakeOptions,
} from '../../src/handshake-server.ts';
import { createMessagePort, type TextMessagePort } from '../../src/message-port.ts';

export const AUTHORITY = 'flow.example:443';
export const TOKEN = 'sptj_0123456789abcdef0123456789abcdef';
export const CONTROL_PLANE_ID = '00000000-0000-4000-8000-000000000001';

export type Message = Record<string, unknown>;
/** Sits between the two ends; null drops the message. */
export type Relay = (message: Message, from: 'agent' | 'server') => Message | null;

export function createRuntime(seed: string): HandshakeRuntime & { nowMs: number } {
  let count = 0;
  const runtime = {
    nowMs: 0,
    wallMs: () => 1_790_000_000_000 + runtime.nowMs,
    monotonicMs: () => runtime.nowMs,
    randomBytes(length: number) {
      count += 1;
      return createHash('sha256').update(`${seed} ${count}`).digest().subarray(0, length);
    },
    randomUuid() {
      const hex = Buffer.from(runtime.randomBytes(6)).toString('hex');
      return `00000000-0000-4000-8000-${hex}`;
    },
  };
  return runtime;
}

/** The storage of a control plane, in memory: what a database would do in one transaction each. */
export class MemoryStore implements HandshakeStore {
  readonly agents = new Map<string, AgentRecord>();
  readonly tokens = new Map<string, { usedBy: string | null; keyId: string | null }>();
  changes = 0;

  async findAgent(agentId: string): Promise<AgentRecord | null> {
    return this.agents.get(agentId) ?? null;
  }

  async consumeToken(request: EnrolRequest): Promise<EnrolResult> {
    const token = this.tokens.get(request.tokenHash);
    if (!token) return { outcome: 'invalid' };
    if (token.usedBy !== null) return this.#retry(token.usedBy, token.keyId === request.keyId);
    this.changes += 1;
    const agentId = `00000000-0000-4000-8000-${String(this.agents.size + 100).padStart(12, '0')}`;
    const workspaceId = '00000000-0000-4000-8000-00000000000a';
    token.usedBy = agentId;
    token.keyId = request.keyId;
    this.agents.set(agentId, {
      publicKeySpki: request.publicKeySpki,
      keyId: request.keyId,
      workspaceId,
      ackedGeneration: 0,
      pendingGeneration: 1,
      revoked: false,
      channelBinding: request.channelBinding,
    });
    return { outcome: 'enrolled', agentId, workspaceId };
  }

  async commitPending(change: GenerationChange): Promise<boolean> {
    const agent = this.agents.get(change.agentId);
    const { ackedGeneration, pendingGeneration, expected, agentId } = change;
    if (agent?.ackedGeneration !== expected.ackedGeneration) return false;
    if (agent.pendingGeneration !== expected.pendingGeneration) return false;
    this.changes += 1;
    this.agents.set(agentId, { ...agent, ackedGeneration, pendingGeneration });
    return true;
  }

  async acknowledge(agentId: string, generation: number): Promise<boolean> {
    const agent = this.agents.get(agentId);
    if (agent?.pendingGeneration !== generation) return false;
    this.changes += 1;
    this.agents.set(agentId, { ...agent, ackedGeneration: generation, pendingGeneration: null });
    return true;
  }

  #retry(agentId: string, isSameKey: boolean): EnrolResult {
    const agent = this.agents.get(agentId);
    const workspaceId = agent?.workspaceId ?? '';
    const isUnacked = agent?.ackedGeneration === 0;
    return isSameKey && isUnacked
      ? { outcome: 'enrolled', agentId, workspaceId }
      : { outcome: 'reused', agentId };
  }
}

/** Two ports whose messages pass the relay. */
export function createPorts(relay: Relay): { agent: TextMessagePort; server: TextMessagePort } {
  const inboxes: Partial<Record<'agent' | 'server', (text: string) => void>> = {};
  const channel = (side: 'agent' | 'server', peer: 'agent' | 'server') =>
    createMessagePort({
      sendText(text) {
        const message = relay(JSON.parse(text) as Message, side);
        if (message) inboxes[peer]?.(JSON.stringify(message));
      },
      onText: (handler) => void (inboxes[side] = handler),
    });
  return { agent: channel('agent', 'server'), server: channel('server', 'agent') };
}

/** The callers' schemas are tested where they are; here the type field is enough. */
function parseAs(type: string) {
  return (value: unknown) => {
    const message = value as Message;
    if (message['type'] !== type) throw new Error(`Expected ${type}`);
    return message as never;
  };
}

const serverParsers = { hello: parseAs('hello'), proof: parseAs('proof'), ack: parseAs('ack') };
const agentParsers = {
  challenge: parseAs('challenge'),
  welcome: parseAs('welcome'),
  refused: parseAs('refused'),
};

export const machine: MachineFacts = {
  bootId: 'boot-1',
  machineFingerprint: Buffer.alloc(32, 3).toString('base64url'),
  agentVersion: '0.1.0',
  protocolVersion: 1,
  capabilities: ['exec', 'pty'],
};

export interface Outcome {
  readonly agent: PromiseSettledResult<Awaited<ReturnType<typeof runAgentHandshake>>>;
  readonly server: PromiseSettledResult<Awaited<ReturnType<typeof runServerHandshake>>>;
  readonly transcript: { from: 'agent' | 'server'; message: Message }[];
}

export class HandshakeRig {
  readonly store = new MemoryStore();
  readonly serverKey = generateSigningKey();
  readonly agentKey = generateSigningKey();
  readonly incidents: HandshakeIncident[] = [];
  readonly serverRuntime = createRuntime('server');
  readonly agentRuntime = createRuntime('agent');
  readonly binding = Buffer.alloc(32, 0xcb);
  /** What the agent has on its disk. */
  disk: AgentState | undefined;

  constructor() {
    const tokenHash = createHash('sha256').update(TOKEN).digest('base64url');
    this.store.tokens.set(tokenHash, { usedBy: null, keyId: null });
  }

  serverOptions(port: TextMessagePort): ServerHandshakeOptions {
    return {
      port,
      parse: serverParsers,
      store: this.store,
      runtime: this.serverRuntime,
      key: this.serverKey,
      controlPlaneId: CONTROL_PLANE_ID,
      controlPlaneEpoch: 1,
      authority: AUTHORITY,
      channelBinding: 'tls-exporter',
      channelBindingValue: this.binding,
      protocolVersions: [1],
      onIncident: (incident) => this.incidents.push(incident),
    };
  }

  agentOptions(port: TextMessagePort): AgentHandshakeOptions {
    const credential: AgentCredential = this.disk
      ? { mode: 'auth', state: this.disk }
      : { mode: 'enrol', token: TOKEN };
    return {
      port,
      parse: agentParsers,
      runtime: this.agentRuntime,
      key: this.agentKey,
      credential,
      controlPlaneKeyId: this.serverKey.keyId,
      authority: AUTHORITY,
      channelBinding: 'tls-exporter',
      channelBindingValue: this.binding,
      machine,
      persist: async (state) => void (this.disk = state),
    };
  }

  /** Runs both sides to their ends. */
  async run(
    changes: {
      relay?: Relay;
      agent?: Partial<AgentHandshakeOptions>;
      server?: Partial<ServerHandshakeOptions>;
    } = {},
  ): Promise<Outcome> {
    const transcript: Outcome['transcript'] = [];
    const ports = createPorts((message, from) => {
      const relayed = changes.relay ? changes.relay(message, from) : message;
      if (relayed) transcript.push({ from, message: relayed });
      return relayed;
    });
    const server = runServerHandshake({ ...this.serverOptions(ports.server), ...changes.server });
    const agent = runAgentHandshake({ ...this.agentOptions(ports.agent), ...changes.agent });
    // As on a real connection: when one side fails, the connection closes for the other.
    server.catch(() => setImmediate(() => ports.agent.closed('closed')));
    agent.catch(() => setImmediate(() => ports.server.closed('closed')));
    const [agentResult, serverResult] = await Promise.allSettled([agent, server]);
    return { agent: agentResult, server: serverResult, transcript };
  }

  async enrol(): Promise<void> {
    const outcome = await this.run();
    if (outcome.agent.status !== 'fulfilled') throw outcome.agent.reason;
  }

  get record(): AgentRecord {
    const record = this.store.agents.get(this.disk?.agentId ?? '');
    if (!record) throw new Error('The agent is not enrolled');
    return record;
  }
}

/** Another value of the same form. */
export function otherText(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (Array.isArray(value)) return [...value, 'more'];
  const text = String(value);
  return `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
}

/** Changes one field of one kind of message. */
export function tamper(type: string, field: string): Relay {
  return (message) =>
    message['type'] === type ? { ...message, [field]: otherText(message[field]) } : message;
}
