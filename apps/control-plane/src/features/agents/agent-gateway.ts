import { randomBytes, randomUUID } from 'node:crypto';
import {
  AckSchema,
  AGENT_CONNECT_PATH,
  AGENT_SUBPROTOCOL,
  HelloSchema,
  PROTOCOL_VERSION,
  ProofSchema,
} from '@spt-flow/shared/agent-protocol/handshake';
import type { Connection } from '@spt-flow/tunnel/connection';
import {
  type HandshakeIncident,
  type HandshakeStore,
  runServerHandshake,
  type AgentSession as ProvenAgent,
} from '@spt-flow/tunnel/handshake-server';
import { createMessagePort } from '@spt-flow/tunnel/message-port';
import { createTunnel } from '@spt-flow/tunnel/session';
import { TunnelError } from '@spt-flow/tunnel/types';
import { acceptWebSocket, type Upgrade } from '@spt-flow/tunnel/websocket-server';
import { WindowBudget } from '@spt-flow/tunnel/window-budget';
import type { Clock } from '../../lib/clock.ts';
import { pathOf, refuseUpgrade, type UpgradeRouter } from '../../lib/upgrade-router.ts';
import type { AgentHub } from './agent-hub.ts';
import type { AgentsRepository } from './agents-repository.ts';
import { createHandshakeLine } from './handshake-line.ts';
import type { ControlPlaneIdentity } from './identity.ts';

/** By then those who came at once have been served. */
const RETRY_AFTER_SECONDS = 5;
/** What all agents' tunnels together may hold for slow readers, beyond what every stream may. */
const WINDOW_BUDGET_BYTES = 256 * 1024 * 1024;

export interface AgentGatewayDeps {
  readonly upgradeRouter: UpgradeRouter;
  readonly identity: ControlPlaneIdentity;
  readonly store: HandshakeStore;
  readonly repository: Pick<AgentsRepository, 'find' | 'recordAddress'>;
  readonly hub: AgentHub;
  readonly clock: Clock;
  /** `host:port` of each address that agents are told to dial; an agent that signed another one was relayed. */
  readonly authorities: () => readonly string[];
  readonly onIncident: (incident: HandshakeIncident) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** registerAgentGateway takes in agents: WebSocket, handshake, and then their tunnel belongs to the hub. */
export function registerAgentGateway(deps: AgentGatewayDeps): void {
  const windowBudget = new WindowBudget(WINDOW_BUDGET_BYTES);
  const line = createHandshakeLine();

  async function admit(upgrade: Upgrade): Promise<void> {
    const { request, socket } = upgrade;
    const leave = await line.enter(socket, request.socket.remoteAddress ?? '');
    if (!leave) return refuseUpgrade(socket, 503, { 'retry-after': String(RETRY_AFTER_SECONDS) });
    try {
      await connect(deps, { upgrade, windowBudget });
    } finally {
      leave();
    }
  }

  deps.upgradeRouter.handle(
    (request) => pathOf(request) === AGENT_CONNECT_PATH,
    (request, socket, head) => void admit({ request, socket, head }).catch(deps.onError),
  );
}

async function connect(
  deps: AgentGatewayDeps,
  { upgrade, windowBudget }: { upgrade: Upgrade; windowBudget: WindowBudget },
): Promise<void> {
  const connection = acceptWebSocket(upgrade, AGENT_SUBPROTOCOL);
  if (!connection) return refuseUpgrade(upgrade.socket, 400);
  const proven = await prove(deps, connection, upgrade.request.headers.host);
  const agent = proven && (await deps.repository.find(proven.agentId));
  if (!proven || !agent || agent.revokedAt) return connection.close('refused');
  const { sessionId, agentId, workspaceId, machine } = proven;
  await deps.repository.recordAddress(agentId, upgrade.request.socket.remoteAddress ?? null);
  const { bootId, machineFingerprint } = machine;
  const session = {
    sessionId,
    agentId,
    workspaceId,
    bootId,
    machineFingerprint,
    organizationId: agent.organizationId,
  };
  await deps.hub.attach(
    session,
    createTunnel({ transport: connection, role: 'client', windowBudget }),
  );
}

/** Undefined when the agent was refused: that it was is nobody's error but its own. */
async function prove(
  deps: AgentGatewayDeps,
  connection: Connection,
  host: string | undefined,
): Promise<ProvenAgent | undefined> {
  const port = createMessagePort(connection);
  connection.onClose((reason) => port.closed(reason));
  try {
    return await runServerHandshake({
      port,
      parse: {
        hello: parserOf(HelloSchema),
        proof: parserOf(ProofSchema),
        ack: parserOf(AckSchema),
      },
      store: deps.store,
      runtime: {
        randomBytes,
        randomUuid: randomUUID,
        monotonicMs: () => deps.clock.monotonicMs(),
        wallMs: () => deps.clock.now().getTime(),
      },
      key: deps.identity.key,
      controlPlaneId: deps.identity.controlPlaneId,
      controlPlaneEpoch: deps.identity.epoch,
      authority: dialledAuthority(deps.authorities(), host),
      // Local agents dial loopback without TLS, so there is no channel to bind to.
      channelBinding: 'none',
      channelBindingValue: undefined,
      protocolVersions: [PROTOCOL_VERSION],
      onIncident: (incident) => void deps.onIncident(incident).catch(deps.onError),
    });
  } catch (error) {
    if (!(error instanceof TunnelError)) deps.onError(error);
    return undefined;
  }
}

/** The Host header only chooses among our own addresses: what the agent signed has to be the chosen one. */
function dialledAuthority(own: readonly string[], host = ''): string {
  const [first = ''] = own;
  return (
    own.find((authority) => authority === host || authority.replace(/:(80|443)$/, '') === host) ??
    first
  );
}

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false };
}

function parserOf<T>(schema: Schema<T>): (value: unknown) => T {
  return (value) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new TunnelError('protocol_error', 'The message is not of the handshake');
  };
}
