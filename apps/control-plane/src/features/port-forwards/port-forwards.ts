import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RequestHead } from '@spt-flow/shared/agent-protocol/requests';
import { PORT_FORWARD_SUBPROTOCOL } from '@spt-flow/shared/api/port-forward';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createTunnel } from '@spt-flow/tunnel/session';
import type { Connection } from '@spt-flow/tunnel/connection';
import { acceptWebSocket, type Upgrade } from '@spt-flow/tunnel/websocket/server';
import { WindowBudget } from '@spt-flow/tunnel/window-budget';
import type { AccessWatch } from '../../lib/access-watch.ts';
import type { Audit } from '../../lib/audit.ts';
import { correlationIdOf } from '../../lib/correlation.ts';
import { assertScope, auditName, isStillWriter, type Principal } from '../../lib/principal.ts';
import { pathOf, refuseFailedUpgrade, refuseUpgrade } from '../../lib/upgrade-router.ts';
import type { AgentConnections } from '../agents/index.ts';
import type { LiveSession, OpenSessions } from '../sessions/index.ts';
import { serveForwards } from './forward-session.ts';

const PATH = /^\/api\/v1\/workspaces\/([^/]+)\/port-forward$/;
const CONNECT_TIMEOUT_MS = 15_000;
/** The agent has a thousand streams for everything; one client must leave some to others. */
const MAX_STREAMS = 512;
const MAX_STREAM_WINDOW_BYTES = 2 * 1024 * 1024;
/** What all clients' tunnels together may hold for slow readers, beyond what every stream may. */
const WINDOW_BUDGET_BYTES = 64 * 1024 * 1024;

const ENDED = 'You may no longer use this workspace';

export interface PortForwardsDeps {
  readonly authenticate: (request: IncomingMessage) => Promise<Principal | undefined>;
  readonly workspaces: {
    find(
      organizationId: string,
      handle: string,
    ): Promise<{ readonly id: string; readonly desiredState: string }>;
  };
  readonly agents: Pick<AgentConnections, 'request'>;
  readonly watch: AccessWatch['watch'];
  readonly sessions: Pick<OpenSessions, 'open'>;
  readonly addressOf: (request: IncomingMessage) => string;
  readonly audit: Audit;
  /** Bytes go through a forwarded port. */
  readonly onUse: (workspaceId: string, source: 'ports') => void;
  readonly logger: { error(details: Record<string, unknown>, message: string): void };
}

export interface PortForwards {
  matches(request: IncomingMessage): boolean;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

interface Opening {
  readonly request: IncomingMessage;
  readonly principal: Principal;
  readonly workspaceId: string;
  readonly correlationId: string;
  /** Sends the client away. */
  end: (reason: string) => void;
}

/** createPortForwards serves the WebSocket that carries a client's forwarded ports. What it opened ends with it. */
export function createPortForwards(deps: PortForwardsDeps): PortForwards {
  const windowBudget = new WindowBudget(WINDOW_BUDGET_BYTES);

  async function authorize(request: IncomingMessage): Promise<Principal> {
    const principal = await deps.authenticate(request);
    if (!principal) throw new AppError('not_authenticated');
    assertScope(principal, 'write');
    return principal;
  }

  async function open(request: IncomingMessage, correlationId: string): Promise<Opening> {
    const principal = await authorize(request);
    const workspace = await deps.workspaces.find(principal.organizationId, handleOf(request));
    const end = () => request.destroy();
    return { request, principal, workspaceId: workspace.id, correlationId, end };
  }

  async function begin(opening: Opening): Promise<LiveSession> {
    const { principal, workspaceId, correlationId, request } = opening;
    await record(opening, 'port-forward.open', {});
    return deps.sessions.open({
      ...{ principal, workspaceId, correlationId, kind: 'port-forward' },
      address: deps.addressOf(request),
      end: ({ message }) => opening.end(message),
    });
  }

  async function serve(
    connection: Connection,
    { opening, session }: { opening: Opening; session: LiveSession },
  ): Promise<void> {
    const tunnel = createTunnel({
      ...{ transport: connection, role: 'server', windowBudget },
      maxStreams: MAX_STREAMS,
      maxStreamWindowBytes: MAX_STREAM_WINDOW_BYTES,
    });
    const { workspaceId, correlationId } = opening;
    const onError = (error: unknown) =>
      deps.logger.error({ err: error, correlationId, workspaceId }, 'port forward failed');
    opening.end = (reason) => {
      connection.forbid(reason);
      tunnel.close(reason);
    };
    const forwards = serveForwards({
      ...{ tunnel, onError },
      ask: (head, signal) => ask(opening, { ...head, correlationId }, signal),
      onTraffic(bytesIn, bytesOut) {
        session.bytesIn += bytesIn;
        session.bytesOut += bytesOut;
        deps.onUse(workspaceId, 'ports');
      },
      onListening: (port) => record(opening, 'port-forward.listen', { port }),
    });
    const release = watch(opening, () => {
      session.because('revoked');
      opening.end(ENDED);
    });
    await tunnel.closed;
    release();
    await session.close();
    const { connections } = forwards;
    await record(opening, 'port-forward.close', { connections }).catch(onError);
  }

  function watch({ request, principal }: Opening, end: () => void): () => void {
    return deps.watch({
      organizationId: principal.organizationId,
      isAllowed: async () => isStillWriter(principal, await deps.authenticate(request)),
      end,
    });
  }

  /** A client may stay for days: each connection asks anew whether it may. */
  async function ask(opening: Opening, head: RequestHead, signal: AbortSignal) {
    const { principal, workspaceId } = opening;
    await authorize(opening.request);
    try {
      const timeoutMs = CONNECT_TIMEOUT_MS;
      return await deps.agents.request(workspaceId, head, { signal, timeoutMs });
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'agent_offline')) throw error;
      // Away because somebody stopped it is another thing than lost.
      const workspace = await deps.workspaces.find(principal.organizationId, workspaceId);
      throw workspace.desiredState === 'stopped' ? new AppError('workspace_stopped') : error;
    }
  }

  async function record(
    { principal, workspaceId, correlationId }: Opening,
    action: string,
    detail: Record<string, unknown>,
  ): Promise<void> {
    await deps.audit.record({
      organizationId: principal.organizationId,
      principal: auditName(principal),
      action,
      target: `workspace:${workspaceId}`,
      correlationId,
      detail,
    });
  }

  async function accept(upgrade: Upgrade): Promise<void> {
    const { request, socket } = upgrade;
    const opening = await open(request, correlationIdOf(request));
    const session = await begin(opening);
    const connection = socket.destroyed
      ? undefined
      : acceptWebSocket(upgrade, PORT_FORWARD_SUBPROTOCOL);
    if (connection) return serve(connection, { opening, session });
    await session.close();
    if (!socket.destroyed) refuseUpgrade(socket, 400);
  }

  return {
    matches: (request) => PATH.test(pathOf(request)),
    upgrade(request, socket, head) {
      const { logger } = deps;
      accept({ request, socket, head }).catch((error: unknown) =>
        refuseFailedUpgrade(error, { request, socket, logger, what: 'port forward' }),
      );
    },
  };
}

function handleOf(request: IncomingMessage): string {
  try {
    return decodeURIComponent(PATH.exec(pathOf(request))?.[1] ?? '');
  } catch (cause) {
    throw new AppError('not_found', undefined, { cause });
  }
}
