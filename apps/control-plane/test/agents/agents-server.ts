import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Database } from '@spt-flow/db/client';
import {
  AGENT_CONNECT_PATH,
  AGENT_SUBPROTOCOL,
  ChallengeSchema,
  RefusedSchema,
  WelcomeSchema,
} from '@spt-flow/shared/agent-protocol/handshake';
import { type AgentState, runAgentHandshake } from '@spt-flow/tunnel/handshake-agent';
import { generateSigningKey, type SigningKey } from '@spt-flow/tunnel/handshake-crypto';
import { createMessagePort } from '@spt-flow/tunnel/message-port';
import { createTunnel } from '@spt-flow/tunnel/session';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { dialNodeSocket } from '@spt-flow/tunnel/node-socket';
import { authorityOf, connectWebSocket } from '@spt-flow/tunnel/websocket-client';
import {
  createAgents,
  createIdentity,
  createIdentityRepository,
  type Agents,
} from '../../src/features/agents/index.ts';
import { createLogs, createLogsRepository } from '../../src/features/logs/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { createUpgradeRouter } from '../../src/lib/upgrade-router.ts';

export const SECRET_KEY = 'a secret key that is used in tests only';

export interface AgentsServer {
  readonly agents: Agents;
  readonly url: string;
  readonly serverKey: string;
  readonly errors: unknown[];
  /** How often somebody came to connect. */
  readonly attempts: () => number;
  close(): Promise<void>;
}

/** startAgentsServer serves the agents' feature on a free port of loopback, with the real database. */
export async function startAgentsServer(
  db: Database,
  options: { clock?: Clock; authority?: string; port?: number } = {},
): Promise<AgentsServer> {
  const clock = options.clock ?? systemClock;
  const upgradeRouter = createUpgradeRouter();
  const errors: unknown[] = [];
  let attempts = 0;
  const server = createServer();
  server.on('upgrade', (request, socket, head) => {
    attempts += 1;
    upgradeRouter.route(request, socket, head);
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const identity = await createIdentity({
    repository: createIdentityRepository(db),
    secretKey: SECRET_KEY,
  });
  const agents = createAgents({
    ...{ db, upgradeRouter, identity, clock },
    audit: createAudit(db),
    logs: createLogs({ repository: createLogsRepository(db), clock }),
    agentUrls: () => [options.authority ?? url],
    onChanged: () => undefined,
    onError: (error) => void errors.push(error),
  });
  return {
    ...{ agents, url, errors },
    attempts: () => attempts,
    serverKey: identity.key.keyId,
    async close() {
      agents.hub.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface TestAgent {
  readonly key: SigningKey;
  state: AgentState | undefined;
  readonly machine: {
    bootId: string;
    machineFingerprint: string;
    agentVersion: string;
    protocolVersion: number;
    capabilities: string[];
  };
}

export function newTestAgent(): TestAgent {
  return { key: generateSigningKey(), state: undefined, machine: newMachine() };
}

export function newMachine() {
  return {
    bootId: randomUUID(),
    machineFingerprint: randomBytes(32).toString('base64url'),
    agentVersion: '1.2.3',
    protocolVersion: 1,
    capabilities: ['exec'],
  };
}

interface Join {
  readonly token?: string;
  /** Fails like a full disk, between welcome and ack. */
  readonly persistFails?: boolean;
  /** Sees and may change what the agent sends. */
  readonly tamper?: (message: Record<string, unknown>) => Record<string, unknown>;
}

/** joinAgent connects with the agent's own side of the handshake, and answers every request with "unimplemented" but events. */
export async function joinAgent(
  server: AgentsServer,
  agent: TestAgent,
  join: Join = {},
): Promise<Tunnel> {
  const url = `${server.url.replace('http', 'ws')}${AGENT_CONNECT_PATH}`;
  const connection = await connectWebSocket({
    dial: dialNodeSocket,
    url,
    protocol: AGENT_SUBPROTOCOL,
    timeoutMs: 5_000,
  });
  const port = createMessagePort({
    sendText: (text) =>
      connection.sendText(
        JSON.stringify((join.tamper ?? ((message) => message))(JSON.parse(text))),
      ),
    onText: (handler) => connection.onText(handler),
  });
  connection.onClose((reason) => port.closed(reason));
  try {
    await runAgentHandshake({
      port,
      parse: {
        challenge: (value) => ChallengeSchema.parse(value),
        welcome: (value) => WelcomeSchema.parse(value),
        refused: (value) => RefusedSchema.parse(value),
      },
      runtime: {
        randomBytes,
        randomUuid: randomUUID,
        wallMs: Date.now,
        monotonicMs: () => performance.now(),
      },
      key: agent.key,
      credential: agent.state
        ? { mode: 'auth', state: agent.state }
        : { mode: 'enrol', token: join.token ?? 'x'.repeat(40) },
      controlPlaneKeyId: server.serverKey,
      authority: authorityOf(url),
      channelBinding: 'none',
      channelBindingValue: undefined,
      machine: agent.machine,
      persist: async (state) => {
        if (join.persistFails) throw new Error('disk full');
        agent.state = state;
      },
    });
  } catch (error) {
    connection.close('failed');
    throw error;
  }
  const tunnel = createTunnel({ transport: connection, role: 'server' });
  tunnel.onStream((stream) => {
    stream.respond({ ok: true });
  });
  return tunnel;
}
