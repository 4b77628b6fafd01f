import { createHash } from 'node:crypto';
import {
  type AgentCredential,
  type AgentHandshakeOptions,
  type AgentState,
  runAgentHandshake,
} from '../../src/handshake/agent.ts';
import { generateSigningKey } from '../../src/handshake/crypto.ts';
import type {
  ChannelBinding,
  HandshakeRuntime,
  MachineFacts,
} from '../../src/handshake/messages.ts';
import { runServerHandshake, type ServerHandshakeOptions } from '../../src/handshake/server.ts';
import type { HandshakeIncident } from '../../src/handshake/store.ts';
import { createMessagePort, type TextMessagePort } from '../../src/message-port.ts';
import { MemoryStore } from '../../src/testing/memory-store.ts';

export const AUTHORITY = 'flow.example:443';
export const TOKEN = 'sptj_0123456789abcdef0123456789abcdef';
export const CONTROL_PLANE_ID = '00000000-0000-4000-8000-000000000001';

export type Message = Record<string, unknown>;
/** Sits between the two ends; null drops the message, and the connection with it. */
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
  readonly exported = Buffer.alloc(32, 0xcb);
  readonly channelBinding: ChannelBinding;
  /** What the agent has on its disk. */
  disk: AgentState | undefined;

  constructor(channelBinding: ChannelBinding = 'tls-exporter') {
    this.channelBinding = channelBinding;
    this.store.issue(TOKEN, { channelBinding });
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
      channelBindingValue: this.exported,
      allowsUnbound: false,
      protocolVersions: [1],
      onIncident: (incident) => this.incidents.push(incident),
    };
  }

  agentOptions(port: TextMessagePort): AgentHandshakeOptions {
    const credential: AgentCredential = this.disk
      ? { mode: 'auth', state: this.disk }
      : { mode: 'enrol', token: TOKEN, channelBinding: this.channelBinding };
    return {
      port,
      parse: agentParsers,
      runtime: this.agentRuntime,
      key: this.agentKey,
      credential,
      controlPlaneKeyId: this.serverKey.keyId,
      authority: AUTHORITY,
      channelBindingValue: this.exported,
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
      else setImmediate(() => [ports.agent, ports.server].map((port) => port.closed('lost')));
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

  get record() {
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
