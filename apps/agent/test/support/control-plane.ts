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
import { generateSigningKey, type SigningKey } from '@spt-flow/tunnel/handshake/crypto';
import type { ChannelBinding, HandshakeRuntime } from '@spt-flow/tunnel/handshake/messages';
import { runServerHandshake, type ProvenAgent } from '@spt-flow/tunnel/handshake/server';
import { createMessagePort } from '@spt-flow/tunnel/message-port';
import { sealTransport } from '@spt-flow/tunnel/handshake/sealed-transport';
import { createTunnel } from '@spt-flow/tunnel/session';
import { MemoryStore } from '@spt-flow/tunnel/testing/memory-store';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { acceptWebSocket } from '@spt-flow/tunnel/websocket/server';

export interface ConnectedAgent {
  readonly tunnel: Tunnel;
  readonly agentId: string;
  readonly mode: string;
  readonly proven: ProvenAgent;
}

export interface ControlPlane {
  readonly url: string;
  readonly key: SigningKey;
  readonly keyId: string;
  readonly token: string;
  readonly store: MemoryStore;
  readonly runtime: HandshakeRuntime;
  /** The next agent that connects. */
  nextAgent(): Promise<ConnectedAgent>;
  readonly refusals: string[];
  /** Lets in whoever has the token of this hash, as an approval does. */
  admit(tokenHash: string): void;
  /** Hears of each message of a handshake as it is received or sent. */
  onMessage: (type: string) => void;
  /** Cuts all connections and stops listening. */
  stop(): Promise<void>;
  listen(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** What its token demands. */
  readonly channelBinding?: ChannelBinding;
  /** Serves https with it. */
  readonly identity?: { readonly cert: string; readonly key: string };
  /** What it answers to requests; nothing by default. */
  readonly answer?: RequestListener;
  /** Where it takes agents. */
  readonly agentPath?: string;
}

/** A control plane of the tests: the real handshake and tunnel over `ws`, with its store in memory. */
export async function startControlPlane({
  channelBinding = 'none',
  identity,
  answer,
  agentPath = AGENT_CONNECT_PATH,
}: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const key = generateSigningKey();
  const token = `join_${randomBytes(32).toString('base64url')}`;
  const controlPlaneId = randomUUID();
  const refusals: string[] = [];
  const waiting: ((agent: ConnectedAgent) => void)[] = [];
  const arrived: ConnectedAgent[] = [];
  const store = new MemoryStore();
  store.issue(token, { channelBinding, workspaceId: randomUUID() });
  const runtime = {
    wallMs: Date.now,
    monotonicMs: () => performance.now(),
    ...{ randomBytes, randomUuid: randomUUID },
  };
  const newServer = () => (identity ? createTlsServer(identity, answer) : createServer(answer));
  let http = newServer();
  let port = 0;

  function heard(message: unknown): unknown {
    const isTyped = typeof message === 'object' && message !== null && 'type' in message;
    controlPlane.onMessage(isTyped ? String(message.type) : 'sealed');
    return message;
  }

  async function listen(): Promise<void> {
    http = newServer();
    const sockets = new Set<Duplex>();
    http.on('upgrade', (request, socket, head) => {
      sockets.add(socket);
      if (request.url !== agentPath) return socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
      const transport = acceptWebSocket({ request, socket, head }, AGENT_SUBPROTOCOL);
      if (!transport) return socket.destroy();
      const messagePort = createMessagePort({
        sendText(text) {
          transport.sendText(text);
          heard(JSON.parse(text));
        },
        onText: (handler) => transport.onText(handler),
      });
      transport.onClose((reason) => messagePort.closed(reason));
      let mode = '';
      runServerHandshake({
        port: messagePort,
        parse: {
          hello: (value) => {
            heard(value);
            const hello = HelloSchema.parse(value);
            mode = hello.mode;
            return hello;
          },
          proof: (value) => ProofSchema.parse(heard(value)),
          ack: (value) => AckSchema.parse(heard(value)),
        },
        ...{ store, runtime },
        key,
        controlPlaneId,
        controlPlaneEpoch: 1,
        authority: request.headers.host ?? '',
        channelBindingValue: transport.exportChannelBinding(),
        allowsUnbound: true,
        protocolVersions: [1],
        onIncident: (incident) => void refusals.push(incident.kind),
      }).then(
        (proven) => {
          const { agentId, sealing } = proven;
          const sealed = sealing ? sealTransport(transport, sealing) : transport;
          const tunnel = createTunnel({ transport: sealed, role: 'client' });
          void tunnel.closed.then(() => store.endSession(agentId, proven.sessionId));
          const agent = { tunnel, agentId, mode, proven };
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

  const controlPlane: ControlPlane = {
    get url() {
      return `${identity ? 'https' : 'http'}://127.0.0.1:${port}`;
    },
    onMessage: () => undefined,
    ...{ key, store, runtime, token, refusals },
    admit: (tokenHash) => store.issueHash(tokenHash, { channelBinding, workspaceId: randomUUID() }),
    keyId: key.keyId,
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
  await listen();
  return controlPlane;
}
