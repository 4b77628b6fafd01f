import {
  AckSchema,
  AGENT_CONNECT_PATH,
  AGENT_SUBPROTOCOL,
  HelloSchema,
  PROTOCOL_VERSION,
  ProofSchema,
} from '@spt-flow/shared/agent-protocol/handshake';
import type { Connection } from '@spt-flow/tunnel/connection';
import type { HandshakeRuntime } from '@spt-flow/tunnel/handshake/messages';
import { runServerHandshake, type ProvenAgent } from '@spt-flow/tunnel/handshake/server';
import type { HandshakeStore } from '@spt-flow/tunnel/handshake/store';
import { createMessagePort } from '@spt-flow/tunnel/message-port';
import { sealTransport } from '@spt-flow/tunnel/handshake/sealed-transport';
import { createTunnel } from '@spt-flow/tunnel/session';
import { TunnelError } from '@spt-flow/tunnel/types';
import { acceptWebSocket, type Upgrade } from '@spt-flow/tunnel/websocket/server';
import { WindowBudget } from '@spt-flow/tunnel/window-budget';
import { bytesRead } from '@spt-flow/tunnel/young-collections';
import { createBatcher } from '../../../lib/batcher.ts';
import { pathOf, refuseUpgrade, type UpgradeRouter } from '../../../lib/upgrade-router.ts';
import { describeChannel, type AgentChannel } from './agent-channel.ts';
import type { LocalAgentHub } from '../connections/index.ts';
import type { AgentKeeper } from './agent-keeper.ts';
import { createHandshakeLine } from './handshake-line.ts';
import type { HandshakeRepository, ControlPlaneIdentity, Incident } from '../identity/index.ts';
import { parserOf } from './message-parser.ts';

/** By then those who came at once have been served. */
const RETRY_AFTER_SECONDS = 5;
/** What all agents' tunnels together may hold for slow readers, beyond what every stream may. */
const WINDOW_BUDGET_BYTES = 256 * 1024 * 1024;
const MAX_BATCH = 200;
/** As many as an agent takes. */
const MAX_STREAMS = 1_024;

export interface AgentGatewayDeps {
  readonly upgradeRouter: UpgradeRouter;
  readonly identity: ControlPlaneIdentity;
  readonly store: HandshakeStore;
  readonly handshakes: Pick<HandshakeRepository, 'recordAddresses'>;
  readonly hub: LocalAgentHub;
  readonly keeper: Pick<AgentKeeper, 'keep'>;
  readonly runtime: HandshakeRuntime;
  /** URLs that agents are told to dial; an agent that signed another one was relayed. */
  readonly urls: () => readonly string[];
  /** The administrator lets agents of other machines do without a channel binding. */
  readonly allowsUnbound: boolean;
  readonly onIncident: (incident: Incident) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** registerAgentGateway takes in agents: WebSocket, handshake, and then their tunnel belongs to the hub. */
export function registerAgentGateway(deps: AgentGatewayDeps): void {
  const windowBudget = new WindowBudget(WINDOW_BUDGET_BYTES);
  const line = createHandshakeLine();
  const arrive = createBatcher({ run: deps.handshakes.recordAddresses, maxSize: MAX_BATCH });

  async function admit(upgrade: Upgrade): Promise<void> {
    const { request, socket } = upgrade;
    const leave = await line.enter(socket, request.socket.remoteAddress ?? '');
    if (!leave) return refuseUpgrade(socket, 503, { 'retry-after': String(RETRY_AFTER_SECONDS) });
    try {
      await connect({ ...deps, arrive }, { upgrade, windowBudget });
    } finally {
      leave();
    }
  }

  deps.upgradeRouter.handle(
    (request) => pathOf(request) === AGENT_CONNECT_PATH,
    (request, socket, head) => void admit({ request, socket, head }).catch(deps.onError),
  );
}

interface Arrivals {
  /** Says where the agent came from; its organization, or undefined when it was deleted meanwhile. */
  arrive(from: { id: string; address: string | null }): Promise<string | undefined>;
}

async function connect(
  deps: AgentGatewayDeps & Arrivals,
  { upgrade, windowBudget }: { upgrade: Upgrade; windowBudget: WindowBudget },
): Promise<void> {
  const connection = acceptWebSocket(upgrade, AGENT_SUBPROTOCOL);
  if (!connection) return refuseUpgrade(upgrade.socket, 400);
  const channel = describeChannel(deps, upgrade.request);
  const proven = await prove(deps, connection, channel);
  const address = upgrade.request.socket.remoteAddress ?? null;
  const organizationId = proven && (await deps.arrive({ id: proven.agentId, address }));
  if (!proven || !organizationId) return connection.close('refused');
  const { sessionId, agentId, workspaceId, generation, machine, link, sealing } = proven;
  const { bootId, machineFingerprint } = machine;
  if (link.channelBinding === 'none' && !channel.isLoopback)
    await deps.onIncident({ kind: 'unbound', agentId, machine });
  const session = {
    ...{ sessionId, agentId, workspaceId, generation, bootId, machineFingerprint, organizationId },
  };
  const tunnel = createTunnel({
    transport: sealing ? sealTransport(connection, sealing, bytesRead) : connection,
    role: 'client',
    windowBudget,
    maxStreams: MAX_STREAMS,
  });
  if (deps.hub.attach(session, tunnel)) await deps.keeper.keep(session, proven);
}

/** Undefined when the agent was refused: that it was is nobody's error but its own. */
async function prove(
  deps: AgentGatewayDeps,
  connection: Connection,
  channel: AgentChannel,
): Promise<ProvenAgent | undefined> {
  const port = createMessagePort(connection);
  connection.onClose((reason) => port.closed(reason));
  const { identity, store, runtime } = deps;
  try {
    return await runServerHandshake({
      ...{ port, store, runtime },
      parse: {
        hello: parserOf(HelloSchema),
        proof: parserOf(ProofSchema),
        ack: parserOf(AckSchema),
      },
      key: identity.key,
      controlPlaneId: identity.controlPlaneId,
      controlPlaneEpoch: identity.epoch,
      authority: channel.authority,
      channelBindingValue: channel.exported,
      allowsUnbound: deps.allowsUnbound || channel.isLoopback,
      protocolVersions: [PROTOCOL_VERSION],
      onIncident: (incident) => void deps.onIncident(incident).catch(deps.onError),
    });
  } catch (error) {
    if (!(error instanceof TunnelError)) deps.onError(error);
    return undefined;
  }
}
