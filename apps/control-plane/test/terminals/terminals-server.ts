import { once } from 'node:events';
import { createServer } from 'node:http';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createAccessWatch } from '../../src/lib/access-watch.ts';
import type { Principal } from '../../src/lib/principal.ts';
import type { OpenSessions } from '../../src/features/sessions/index.ts';
import { createTerminals } from '../../src/features/terminals/index.ts';
import { addressOf, createTestSessions } from '../support/sessions.ts';
import type { LiveWorkspace, TestControlPlane } from '../change-sets/live-workspace.ts';

export interface TerminalsServerOptions {
  readonly controlPlane: TestControlPlane;
  readonly live: LiveWorkspace;
  readonly principal: () => Principal | undefined;
  readonly ready?: () => Promise<void>;
  /** `running` unless told. */
  readonly desiredState?: () => string;
  /** Fresh ones unless told. */
  readonly sessions?: OpenSessions;
}

/** startTerminalsServer serves the terminals of one live workspace. */
export async function startTerminalsServer(options: TerminalsServerOptions) {
  const { controlPlane, live } = options;
  const access = createAccessWatch({
    announce: async () => undefined,
    onError: (error) => void controlPlane.errors.push(error),
  });
  const uses: string[] = [];
  const terminals = createTerminals({
    authenticate: async () => options.principal(),
    workspaces: {
      find: async (_organizationId, handle) => {
        if (handle !== live.workspace.name) throw new AppError('not_found');
        return { ...live.workspace, desiredState: options.desiredState?.() ?? 'running' };
      },
      ensureReady: async () => options.ready?.(),
    },
    agents: controlPlane.agents.hub,
    watch: access.watch,
    sessions: options.sessions ?? (await createTestSessions(controlPlane.db)),
    addressOf,
    audit: controlPlane.audit,
    onUse: (_workspaceId, source) => void uses.push(source),
    logger: { error: (details) => controlPlane.errors.push(details) },
  });
  const server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', (request, socket, head) => terminals.upgrade(request, socket, head));
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    /** What was reported as use, in order. */
    uses,
    url(query: Record<string, string>, handle = live.workspace.name): string {
      const search = new URLSearchParams(query);
      return `ws://127.0.0.1:${port}/api/v1/workspaces/${handle}/terminal?${search.toString()}`;
    },
    /** Somebody's rights changed. */
    accessChanged: () => access.changed(live.workspace.organizationId),
    close() {
      access.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

export type TerminalsServer = Awaited<ReturnType<typeof startTerminalsServer>>;
