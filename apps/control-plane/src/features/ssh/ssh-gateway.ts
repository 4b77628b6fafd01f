import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { SSH_SUBPROTOCOL, SshQuerySchema } from '@spt-flow/shared/api/ssh';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Connection } from '@spt-flow/tunnel/connection';
import { createTunnel } from '@spt-flow/tunnel/session';
import { acceptWebSocket, type Upgrade } from '@spt-flow/tunnel/websocket/server';
import { WindowBudget } from '@spt-flow/tunnel/window-budget';
import type { AccessWatch } from '../../lib/access-watch.ts';
import type { Audit } from '../../lib/audit.ts';
import { correlationIdOf } from '../../lib/correlation.ts';
import { assertScope, auditName, isStillWriter, type Principal } from '../../lib/principal.ts';
import { pathOf, refuseFailedUpgrade, refuseUpgrade } from '../../lib/upgrade-router.ts';
import { serveSsh, type SshCaller, type SshSessionDeps } from './ssh-session.ts';

const PATH = /^\/api\/v1\/workspaces\/([^/]+)\/ssh$/;
const MAX_STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
/** What all connections together may hold for slow readers, beyond what every stream may. */
const WINDOW_BUDGET_BYTES = 64 * 1024 * 1024;
const ENDED = 'You may no longer use this workspace';

export interface SshGatewayDeps extends Omit<SshSessionDeps, 'record' | 'onError'> {
  readonly authenticate: (request: IncomingMessage) => Promise<Principal | undefined>;
  readonly workspaces: {
    find(organizationId: string, handle: string): Promise<{ readonly id: string }>;
  };
  readonly watch: AccessWatch['watch'];
  readonly addressOf: (request: IncomingMessage) => string;
  readonly audit: Audit;
  readonly logger: { error(details: Record<string, unknown>, message: string): void };
}

export interface SshGateway {
  matches(request: IncomingMessage): boolean;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** createSshGateway serves the WebSocket that carries one SSH connection to a workspace. */
export function createSshGateway(deps: SshGatewayDeps): SshGateway {
  const windowBudget = new WindowBudget(WINDOW_BUDGET_BYTES);

  /** As for a terminal: who may write. */
  async function authorize(request: IncomingMessage): Promise<Omit<SshCaller, 'end'>> {
    const principal = await deps.authenticate(request);
    if (!principal) throw new AppError('not_authenticated');
    assertScope(principal, 'write');
    const caller = { principal, correlationId: correlationIdOf(request), ...readUrl(request) };
    await deps.workspaces.find(principal.organizationId, caller.handle);
    return { ...caller, address: deps.addressOf(request) };
  }

  async function serve(
    connection: Connection,
    request: IncomingMessage,
    authorized: Omit<SshCaller, 'end'>,
  ): Promise<void> {
    const tunnel = createTunnel({
      ...{ transport: connection, role: 'server', windowBudget },
      maxStreams: 1,
      maxStreamWindowBytes: MAX_STREAM_WINDOW_BYTES,
    });
    const end = (reason: string) => {
      connection.forbid(reason);
      tunnel.close(reason);
    };
    const caller: SshCaller = { ...authorized, end: ({ message }) => end(message) };
    const release = deps.watch({
      organizationId: caller.principal.organizationId,
      isAllowed: async () => isStillWriter(caller.principal, await deps.authenticate(request)),
      end() {
        caller.session?.because('revoked');
        end(ENDED);
      },
    });
    const session = sessionDeps(caller);
    tunnel.onStream((stream) => {
      serveSsh(session, { caller, stream }).then(
        () => tunnel.close('The session is over'),
        session.onError,
      );
    });
    await tunnel.closed;
    release();
  }

  function sessionDeps({ principal, correlationId, handle }: SshCaller): SshSessionDeps {
    return {
      ...deps,
      record: (action, { workspaceId, detail }) =>
        deps.audit.record({
          ...{ organizationId: principal.organizationId, principal: auditName(principal) },
          ...{ action, target: `workspace:${workspaceId}`, correlationId, detail },
        }),
      onError: (error) =>
        deps.logger.error({ err: error, correlationId, workspace: handle }, 'ssh failed'),
    };
  }

  async function accept(upgrade: Upgrade): Promise<void> {
    const { request, socket } = upgrade;
    const caller = await authorize(request);
    if (socket.destroyed) return;
    const connection = acceptWebSocket(upgrade, SSH_SUBPROTOCOL);
    if (!connection) return refuseUpgrade(socket, 400);
    await serve(connection, request, caller);
  }

  return {
    matches: (request) => PATH.test(pathOf(request)),
    upgrade(request, socket, head) {
      const { logger } = deps;
      accept({ request, socket, head }).catch((error: unknown) =>
        refuseFailedUpgrade(error, { request, socket, logger, what: 'ssh' }),
      );
    },
  };
}

function readUrl(request: IncomingMessage): Pick<SshCaller, 'handle' | 'interactive'> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const query = SshQuerySchema.safeParse(Object.fromEntries(url.searchParams));
  if (!query.success) throw new AppError('validation_failed');
  return { handle: decodeHandle(PATH.exec(url.pathname)?.[1] ?? ''), ...query.data };
}

function decodeHandle(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new AppError('not_found', undefined, { cause });
  }
}
