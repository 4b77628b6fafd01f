import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import {
  AckSchema,
  AGENT_CONNECT_PATH,
  AGENT_SUBPROTOCOL,
  HelloSchema,
  ProofSchema,
} from '@spt-flow/shared/agent-protocol/handshake';
import { generateSigningKey, hashJoinToken } from '@spt-flow/tunnel/handshake-crypto';
import {
  runServerHandshake,
  type AgentRecord,
  type HandshakeStore,
} from '@spt-flow/tunnel/handshake-server';
import { createMessagePort } from '@spt-flow/tunnel/message-port';
import { createTunnel } from '@spt-flow/tunnel/session';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { acceptWebSocket } from '@spt-flow/tunnel/websocket-server';

export interface ControlPlane {
  readonly url: string;
  readonly keyId: string;
  readonly token: string;
  /** The next agent that connects. */
  nextAgent(): Promise<{ tunnel: Tunnel; agentId: string; mode: string }>;
  readonly refusals: string[];
  /** Lets in whoever has the token of this hash, as an approval does. */
  admit(tokenHash: string): void;
  /** Cuts all connections and stops listening. */
  stop(): Promise<void>;
  listen(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** Serves https with it. */
  readonly identity?: { readonly cert: string; readonly key: string };
  /** What it answers to requests; nothing by default. */
  readonly answer?: RequestListener;
  /** Where it takes agents. */
  readonly agentPath?: string;
}

/** A control plane of the tests: the real handshake and tunnel over `ws`, with its store in memory. */
export async function startControlPlane({
  identity,
  answer,
  agentPath = AGENT_CONNECT_PATH,
}: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const key = generateSigningKey();
  const token = `join_${randomBytes(32).toString('base64url')}`;
  const controlPlaneId = randomUUID();
  const refusals: string[] = [];
  const waiting: ((agent: { tunnel: Tunnel; agentId: string; mode: string }) => void)[] = [];
  const arrived: { tunnel: Tunnel; agentId: string; mode: string }[] = [];
  const tokenHashes = new Set([hashJoinToken(token)]);
  const store = createStore(tokenHashes);
  const newServer = () => (identity ? createTlsServer(identity, answer) : createServer(answer));
  let http = newServer();
  let port = 0;

  async function listen(): Promise<void> {
    http = newServer();
    const sockets = new Set<Duplex>();
    http.on('upgrade', (request, socket, head) => {
      sockets.add(socket);
      if (request.url !== agentPath) return socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
      const transport = acceptWebSocket({ request, socket, head }, AGENT_SUBPROTOCOL);
      if (!transport) return socket.destroy();
      const messagePort = createMessagePort(transport);
      transport.onClose((reason) => messagePort.closed(reason));
      let mode = '';
      runServerHandshake({
        port: messagePort,
        parse: {
          hello: (value) => {
            const hello = HelloSchema.parse(value);
            mode = hello.mode;
            return hello;
          },
          proof: (value) => ProofSchema.parse(value),
          ack: (value) => AckSchema.parse(value),
        },
        store,
        runtime: {
          wallMs: Date.now,
          monotonicMs: () => performance.now(),
          randomBytes,
          randomUuid: randomUUID,
        },
        key,
        controlPlaneId,
        controlPlaneEpoch: 1,
        authority: request.headers.host ?? '',
        channelBinding: 'none',
        channelBindingValue: undefined,
        protocolVersions: [1],
        onIncident: (incident) => void refusals.push(incident.kind),
      }).then(
        ({ agentId }) => {
          const agent = { tunnel: createTunnel({ transport, role: 'client' }), agentId, mode };
          const take = waiting.shift();
          if (take) take(agent);
          else arrived.push(agent);
        },
        (error: unknown) => {
          refusals.push(error instanceof Error ? error.message : String(error));
          transport.close('refused');
        },
      );
    });
    http.listen(port, '127.0.0.1');
    await once(http, 'listening');
    const address = http.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
    closeSockets = () => sockets.forEach((socket) => socket.destroy());
  }

  let closeSockets = (): void => undefined;

  await listen();
  return {
    url: `${identity ? 'https' : 'http'}://127.0.0.1:${port}`,
    keyId: key.keyId,
    token,
    refusals,
    admit: (tokenHash) => void tokenHashes.add(tokenHash),
    nextAgent: () => {
      const agent = arrived.shift();
      return agent ? Promise.resolve(agent) : new Promise((resolve) => waiting.push(resolve));
    },
    listen,
    async stop() {
      closeSockets();
      http.close();
      http.closeAllConnections();
      await once(http, 'close');
    },
  };
}

function createStore(tokenHashes: ReadonlySet<string>): HandshakeStore {
  const agents = new Map<string, AgentRecord>();
  let owner: string | undefined;
  return {
    findAgent: async (agentId) => agents.get(agentId) ?? null,
    async consumeToken({ tokenHash, publicKeySpki, keyId, channelBinding }) {
      if (!tokenHashes.has(tokenHash)) return { outcome: 'invalid' };
      if (owner !== undefined) return { outcome: 'reused', agentId: owner };
      owner = randomUUID();
      const workspaceId = randomUUID();
      agents.set(owner, {
        publicKeySpki,
        keyId,
        workspaceId,
        ackedGeneration: 0,
        pendingGeneration: 1,
        revoked: false,
        channelBinding,
      });
      return { outcome: 'enrolled', agentId: owner, workspaceId };
    },
    async commitPending({ agentId, ackedGeneration, pendingGeneration }) {
      const record = agents.get(agentId);
      if (record) agents.set(agentId, { ...record, ackedGeneration, pendingGeneration });
      return record !== undefined;
    },
    async acknowledge(agentId, generation) {
      const record = agents.get(agentId);
      if (record?.pendingGeneration !== generation) return false;
      agents.set(agentId, { ...record, ackedGeneration: generation, pendingGeneration: null });
      return true;
    },
  };
}
