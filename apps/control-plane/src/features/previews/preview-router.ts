import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AgentConnections } from '../agents/index.ts';
import { refuseUpgrade } from '../../lib/upgrade-router.ts';
import { hostTargetOf, type HostNames } from './preview-host.ts';
import { problemStatus, sendPreviewPage, type PreviewProblem } from './preview-page.ts';
import { proxyRequest, proxyUpgrade } from './preview-proxy.ts';
import type { PreviewTarget, PreviewTargets } from './previews-repository.ts';
import { TunnelHttpAgent, openAppConnection } from './tunnel-http-agent.ts';

export interface PreviewRouterDeps {
  readonly targets: PreviewTargets;
  readonly agents: Pick<AgentConnections, 'request' | 'isOnline'>;
  readonly names: HostNames;
  readonly onError: (error: unknown) => void;
}

export interface PreviewRouter {
  /** True: the request was for an app, or for nobody here, and is taken care of. */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  close(): void;
}

/** createPreviewRouter serves the apps' host names ahead of the control plane's own routes. */
export function createPreviewRouter(deps: PreviewRouterDeps): PreviewRouter {
  const pools = new Map<string, TunnelHttpAgent>();

  function connectTo(target: PreviewTarget): () => Promise<Duplex> {
    return () => openAppConnection(deps.agents, target);
  }

  /** One pool per app. A pool without connections costs nothing worth a clean-up. */
  function poolOf(target: PreviewTarget): TunnelHttpAgent {
    const key = `${target.workspaceId}:${target.appPort}`;
    const pool = pools.get(key) ?? new TunnelHttpAgent(connectTo(target));
    pools.set(key, pool);
    return pool;
  }

  async function find(slug: string): Promise<PreviewTarget | PreviewProblem> {
    const target = await deps.targets.bySlug(slug);
    if (target === undefined) return 'unknown';
    // The agent of a server that was stopped stays connected.
    if (target.desiredState === 'stopped') return 'stopped';
    if (deps.agents.isOnline(target.workspaceId)) return target;
    return target.actualState === 'running' ? 'offline' : 'starting';
  }

  async function serve(slug: string, request: IncomingMessage, response: ServerResponse) {
    const found = await find(slug);
    if (typeof found === 'string') sendPreviewPage(request, response, found);
    else proxyRequest(request, response, poolOf(found));
  }

  async function serveUpgrade(
    slug: string,
    upgrade: { request: IncomingMessage; socket: Duplex; head: Buffer },
  ) {
    const found = await find(slug);
    if (typeof found === 'string') refuseUpgrade(upgrade.socket, problemStatus(found));
    else proxyUpgrade(upgrade, connectTo(found));
  }

  return {
    handleRequest(request, response) {
      const host = hostTargetOf(request.headers.host, deps.names);
      if (host.kind === 'own') return false;
      if (host.kind === 'unknown') refuseHost(response);
      else
        serve(host.slug, request, response).catch((error: unknown) => {
          deps.onError(error);
          sendPreviewPage(request, response, 'offline');
        });
      return true;
    },

    handleUpgrade(request, socket, head) {
      const host = hostTargetOf(request.headers.host, deps.names);
      if (host.kind === 'own') return false;
      socket.on('error', () => socket.destroy());
      if (host.kind === 'unknown') refuseUpgrade(socket, 400);
      else
        serveUpgrade(host.slug, { request, socket, head }).catch((error: unknown) => {
          deps.onError(error);
          refuseUpgrade(socket, 503);
        });
      return true;
    },

    close() {
      for (const pool of pools.values()) pool.destroy();
    },
  };
}

function refuseHost(response: ServerResponse): void {
  const text = 'This server does not answer to that name. Use the address that spt-flow printed.\n';
  response.writeHead(421, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    Connection: 'close',
  });
  response.end(text);
}
