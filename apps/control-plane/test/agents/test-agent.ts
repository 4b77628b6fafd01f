import { randomBytes, randomUUID } from 'node:crypto';
import { RequestHeadSchema } from '@spt-flow/shared/agent-protocol/requests';
import {
  AGENT_CONNECT_PATH,
  AGENT_SUBPROTOCOL,
  ChallengeSchema,
  RefusedSchema,
  RotationChallengeSchema,
  RotationWelcomeSchema,
  WelcomeSchema,
} from '@spt-flow/shared/agent-protocol/handshake';
import {
  checkJoinState,
  runAgentHandshake,
  type AgentCredential,
  type AgentState,
  type AgentWelcome,
} from '@spt-flow/tunnel/handshake/agent';
import { generateSigningKey, type SigningKey } from '@spt-flow/tunnel/handshake/crypto';
import type { ChannelBinding, MachineFacts } from '@spt-flow/tunnel/handshake/messages';
import { createMessagePort } from '@spt-flow/tunnel/message-port';
import { dialNodeSocket } from '@spt-flow/tunnel/websocket/node-socket';
import { runAgentRotation } from '@spt-flow/tunnel/handshake/rotation-agent';
import { sealTransport } from '@spt-flow/tunnel/handshake/sealed-transport';
import { createTunnel } from '@spt-flow/tunnel/session';
import { createStreamPort } from '@spt-flow/tunnel/stream-port';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import { authorityOf, connectWebSocket } from '@spt-flow/tunnel/websocket/client';

const runtime = {
  ...{ randomBytes, randomUuid: randomUUID },
  wallMs: Date.now,
  monotonicMs: () => performance.now(),
};

/** TestAgent is an agent's disk and machine. */
export interface TestAgent {
  key: SigningKey;
  state: AgentState | undefined;
  readonly machine: MachineFacts;
}

export function newTestAgent(): TestAgent {
  return { key: generateSigningKey(), state: undefined, machine: newMachine() };
}

export function newMachine(): MachineFacts {
  return {
    bootId: randomUUID(),
    machineFingerprint: randomBytes(32).toString('base64url'),
    agentVersion: '1.2.3',
    protocolVersion: 1,
    capabilities: ['exec'],
  };
}

export interface Join {
  readonly token?: string;
  readonly mode?: 'enrol' | 'fork';
  readonly binding?: ChannelBinding;
  /** What it takes for the server's address, when something on the way leads there. */
  readonly knownAs?: string;
  readonly ca?: string;
  /** Fails like a full disk, between welcome and ack. */
  readonly persistFails?: boolean;
  /** Sees and may change what the agent sends. */
  readonly tamper?: (message: Record<string, unknown>) => Record<string, unknown>;
}

interface Server {
  readonly url: string;
  readonly serverKey: string;
}

/** joinAgent connects with the agent's own side of the handshake; it answers requests about its identity, and yes to all others. */
export async function joinAgent(
  server: Server,
  agent: TestAgent,
  join: Join = {},
): Promise<Tunnel> {
  const { ca } = join;
  const connection = await connectWebSocket({
    dial: dialNodeSocket,
    url: `${server.url.replace('http', 'ws')}${AGENT_CONNECT_PATH}`,
    protocol: AGENT_SUBPROTOCOL,
    timeoutMs: 5_000,
    ...(ca !== undefined && { ca }),
  });
  const { tamper = (message: Record<string, unknown>) => message } = join;
  const port = createMessagePort({
    sendText: (text) => connection.sendText(JSON.stringify(tamper(JSON.parse(text)))),
    onText: (handler) => connection.onText(handler),
  });
  connection.onClose((reason) => port.closed(reason));
  try {
    const welcome = await runAgentHandshake({
      ...{ port, runtime, key: agent.key, machine: agent.machine },
      parse: {
        challenge: (value) => ChallengeSchema.parse(value),
        welcome: (value) => WelcomeSchema.parse(value),
        refused: (value) => RefusedSchema.parse(value),
      },
      credential: credentialOf(agent, join),
      controlPlaneKeyId: server.serverKey,
      authority: authorityOf(join.knownAs ?? server.url),
      channelBindingValue: connection.exportChannelBinding(),
      persist: async (state) => {
        if (join.persistFails) throw new Error('disk full');
        agent.state = state;
      },
    });
    const { sealing } = welcome;
    const tunnel = createTunnel({
      transport: sealing ? sealTransport(connection, sealing) : connection,
      role: 'server',
    });
    tunnel.onStream((stream) => void serve(agent, welcome, stream).catch(() => undefined));
    return tunnel;
  } catch (error) {
    connection.close('failed');
    throw error;
  }
}

function credentialOf(agent: TestAgent, join: Join): AgentCredential {
  const { token = 'x'.repeat(40), mode = 'enrol', binding = 'none' } = join;
  if (agent.state && join.mode !== 'fork') return { mode: 'auth', state: agent.state };
  return { mode, token, channelBinding: binding };
}

async function serve(agent: TestAgent, welcome: AgentWelcome, stream: TunnelStream): Promise<void> {
  stream.on('error', () => undefined);
  const head = RequestHeadSchema.parse(stream.head);
  const { state } = agent;
  const { link, controlPlaneKey } = welcome;
  if (head.method === 'identity.renew' && state) {
    const { joinState } = head;
    const { keyId } = agent.key;
    checkJoinState(joinState, { controlPlaneKey, keyId, olderThan: state.joinState });
    agent.state = { ...state, joinState };
  }
  stream.respond({ ok: true });
  if (head.method === 'identity.rotate' && state) {
    const nextKey = generateSigningKey();
    await runAgentRotation({
      ...{ runtime, key: agent.key, nextKey, state, link, controlPlaneKey },
      port: createStreamPort(stream),
      parse: {
        challenge: (value) => RotationChallengeSchema.parse(value),
        welcome: (value) => RotationWelcomeSchema.parse(value),
        refused: (value) => RefusedSchema.parse(value),
      },
      persist: async (confirmed) => void Object.assign(agent, { key: nextKey, state: confirmed }),
    });
  }
}
