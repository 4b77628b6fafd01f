import type { AgentState } from '../../src/handshake/agent.ts';
import { generateSigningKey, type SigningKey } from '../../src/handshake/crypto.ts';
import type { LinkFacts } from '../../src/handshake/messages.ts';
import type { ProvenAgent } from '../../src/handshake/server.ts';
import { type AgentRotationOptions, runAgentRotation } from '../../src/handshake/rotation-agent.ts';
import {
  runServerRotation,
  type ServerRotationOptions,
} from '../../src/handshake/rotation-server.ts';
import { createPorts, HandshakeRig, type Message, type Relay } from './handshake-rig.ts';

function parseAs(type: string) {
  return (value: unknown) => {
    const message = value as Message;
    if (message['type'] !== type) throw new Error(`Expected ${type}`);
    return message as never;
  };
}

const serverParsers = {
  hello: parseAs('rotation-hello'),
  proof: parseAs('rotation-proof'),
  ack: parseAs('ack'),
};
const agentParsers = {
  challenge: parseAs('rotation-challenge'),
  welcome: parseAs('rotation-welcome'),
  refused: parseAs('refused'),
};

export interface Connected {
  readonly proven: ProvenAgent;
  readonly link: LinkFacts;
  readonly controlPlaneKey: string;
}

interface RotationRun {
  readonly connection: Connected;
  readonly key: SigningKey;
  readonly nextKey: SigningKey;
  readonly state: AgentState;
  readonly epoch?: number;
  readonly relay?: Relay;
  persist(state: AgentState): Promise<void>;
  readonly agent?: Partial<AgentRotationOptions>;
  readonly server?: Partial<ServerRotationOptions>;
}

/** Runs both sides of a rotation to their ends. */
export async function rotateOver(rig: HandshakeRig, run: RotationRun) {
  const { connection, key, nextKey, state, persist } = run;
  const relay: Relay = run.relay ?? ((message) => message);
  const { link, controlPlaneKey, proven } = connection;
  const ports: ReturnType<typeof createPorts> = createPorts((message, from) => {
    const relayed = relay(message, from);
    if (!relayed) {
      setImmediate(() => {
        for (const port of [ports.agent, ports.server]) port.closed('lost');
      });
    }
    return relayed;
  });
  const agent = runAgentRotation({
    ...{ port: ports.agent, parse: agentParsers, runtime: rig.agentRuntime },
    ...{ key, nextKey, state, link, controlPlaneKey, persist },
    ...run.agent,
  });
  const server = runServerRotation({
    ...{ port: ports.server, parse: serverParsers, runtime: rig.serverRuntime },
    ...{ store: rig.store, key: rig.serverKey, controlPlaneEpoch: run.epoch ?? 1, agent: proven },
    ...run.server,
  });
  server.catch(() => setImmediate(() => ports.agent.closed('closed')));
  agent.catch(() => setImmediate(() => ports.server.closed('closed')));
  return Promise.allSettled([agent, server]);
}

/** RotationRig is an agent that is connected and changes its key. */
export class RotationRig {
  readonly rig = new HandshakeRig();
  readonly nextKey = generateSigningKey();
  /** What the agent has on its disk. */
  disk: { key: SigningKey; state: AgentState } | undefined;
  #connection: Connected | undefined;

  /** Connects with this key; the code of the refusal otherwise. */
  async connect(key = this.disk?.key ?? this.rig.agentKey): Promise<string> {
    const { agent, server } = await this.rig.run({ agent: { key } });
    if (agent.status !== 'fulfilled' || server.status !== 'fulfilled') {
      return agent.status === 'rejected' ? (agent.reason as { code: string }).code : 'lost';
    }
    const { state, link, controlPlaneKey } = agent.value;
    this.#connection = { proven: server.value, link, controlPlaneKey };
    this.disk = { key, state };
    return 'connected';
  }

  async rotate(changes: Pick<RotationRun, 'relay' | 'agent' | 'server'> = {}) {
    if (!this.#connection || !this.disk) throw new Error('not connected');
    return rotateOver(this.rig, {
      ...{ connection: this.#connection, nextKey: this.nextKey, ...this.disk },
      persist: async (state) => {
        this.disk = { key: this.nextKey, state };
        this.rig.disk = state;
      },
      ...changes,
    });
  }
}
