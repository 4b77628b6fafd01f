import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { PreviewLabel } from '@spt-flow/shared/domain/preview-label';
import { mayOpenPort, type Visitor } from '@spt-flow/shared/domain/sharing';
import type { AccessWatch } from '../../lib/access-watch.ts';
import type { RequestPath } from '../../lib/request-path.ts';
import type { Clock } from '../../lib/clock.ts';
import { refuseUpgrade } from '../../lib/upgrade-router.ts';
import type { AgentConnections } from '../agents/index.ts';
import { openAppConnection } from './app-stream.ts';
import { previewCookies } from './preview-cookies.ts';
import { pathOfPreview } from './preview-headers.ts';
import { createHostTargets, type HostTarget } from './preview-host.ts';
import { createOwnHeaders } from './own-headers.ts';
import { createPreviewLoad, type PreviewLimits } from './preview-load.ts';
import { createProblemPages, problemStatus, type PreviewProblem } from './preview-page.ts';
import { proxyRequest } from './preview-proxy.ts';
import { createPreviewSignIn, RESERVED_PATH, type SignInDeps } from './preview-sign-in.ts';
import { proxyUpgrade, type Upgrade } from './preview-upgrade.ts';
import { visitorOf, type VisitorCredentials } from './preview-visitor.ts';
import type { PreviewTarget, PreviewTargets } from './previews-repository.ts';
import { createTargetCache } from './target-cache.ts';
import { AppPool } from './wire/app-pool.ts';

export interface PreviewRouterDeps {
  readonly targets: Pick<PreviewTargets, 'byLabel'>;
  /** The slug of the app that answers at a name of its owner's. */
  readonly slugOfDomain: (name: string) => Promise<string | undefined>;
  readonly agents: Pick<AgentConnections, 'request' | 'isOnline'>;
  readonly credentials: VisitorCredentials;
  readonly sessions: SignInDeps['sessions'];
  /** Whether somebody of its organization finds the project. */
  readonly reaches: (visitor: Visitor, projectId: string) => Promise<boolean>;
  readonly previewDomain: string;
  /** Where people reach the dashboard. */
  readonly publicUrl: string;
  readonly requestPath: RequestPath;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly watch: AccessWatch['watch'];
  /** Somebody uses an app. What this control plane asks apps for itself does not come through here. */
  readonly onUse: (workspaceId: string) => void;
  /** Starts what sleeps; false: it stays stopped. */
  readonly wake: (workspaceId: string) => Promise<boolean>;
  readonly limits: PreviewLimits;
  readonly onError: (error: unknown) => void;
}

export interface PreviewRouter {
  /** True: the request was for an app, or for nobody here, and is taken care of. */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Something changed that decides where previews lead or who may see them. */
  forgetTargets(): void;
  close(): void;
}

interface Visit {
  readonly request: IncomingMessage;
  readonly target: PreviewTarget;
  readonly end: () => void;
}

type Preview = Extract<HostTarget, { kind: 'preview' }>;
type Foreign = Extract<HostTarget, { kind: 'foreign' }>;
/** Domain: the name of its owner's at which it was asked for, instead of its preview's. */
type AppHost = Pick<Preview, 'label' | 'preview'> & { readonly domain?: string };

/** Unlike others, these end what was begun before. */
const DENIALS = new Set<PreviewTarget | PreviewProblem>([
  ...(['signed-out', 'forbidden', 'unpublished', 'unknown'] as const),
]);

/** createPreviewRouter serves the apps' host names ahead of the control plane's own routes. */
export function createPreviewRouter(deps: PreviewRouterDeps): PreviewRouter {
  const pools = new Map<string, AppPool>();
  const targets = createTargetCache(deps.targets, deps.clock);
  const load = createPreviewLoad(deps.limits, deps.clock);
  const hostTargetOf = createHostTargets(deps);
  const ownHeaders = createOwnHeaders(deps);
  const showProblem = createProblemPages({ dashboardUrl: deps.publicUrl });
  const signIn = createPreviewSignIn({ ...deps, showProblem });
  const cookieName = previewCookies(deps.publicUrl.startsWith('https:')).session;

  /** One pool per port. A pool without connections costs nothing worth a clean-up. */
  function poolOf(target: PreviewTarget): AppPool {
    const key = `${target.workspaceId}:${target.port}`;
    const pool = pools.get(key) ?? new AppPool(() => openAppConnection(deps.agents, target));
    pools.set(key, pool);
    return pool;
  }

  /** What may be shown, or why nothing is; whether there is anything at all is told to those only who find its project. */
  async function find(
    { label, preview, domain }: AppHost,
    request: IncomingMessage,
  ): Promise<PreviewTarget | PreviewProblem> {
    if (domain !== undefined && (await deps.slugOfDomain(domain)) !== label) return 'unknown';
    const target = await targets.find(label, preview);
    if (target?.sharing !== 'public') {
      // Nobody signs in at a name of somebody else's, who would have the cookie too.
      if (domain !== undefined) return 'unpublished';
      const visitor = await visitorOf(request, {
        label,
        cookieName,
        credentials: deps.credentials,
      });
      if (!visitor) return 'signed-out';
      if (target?.organizationId !== visitor.organizationId) return 'unknown';
      if (!(await deps.reaches(visitor, target.projectId))) return 'unknown';
      if (!mayOpenPort(target, visitor)) return 'forbidden';
    }
    // The agent of a server that was stopped stays connected.
    if (target.desiredState === 'stopped') return 'stopped';
    return deps.agents.isOnline(target.workspaceId) ? target : whyOffline(preview);
  }

  /** States change without a notice to the cache. */
  async function whyOffline(preview: PreviewLabel): Promise<PreviewProblem> {
    const target = await deps.targets.byLabel(preview);
    if (target?.desiredState === 'stopped') return 'stopped';
    return target?.actualState === 'running' ? 'offline' : 'starting';
  }

  /** Undefined: no app answers to that name. */
  async function appHostOf(host: Preview | Foreign): Promise<AppHost | undefined> {
    if (host.kind === 'preview') return host;
    const slug = await deps.slugOfDomain(host.name);
    return slug === undefined
      ? undefined
      : { label: slug, preview: { kind: 'app', slug }, domain: host.name };
  }

  async function serve(
    asked: Preview | Foreign,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const host = await appHostOf(asked);
    if (!host) return refuseHost(response);
    if (host.domain === undefined && pathOfPreview(request).startsWith(RESERVED_PATH))
      return signIn.serveReserved(request, response, host.label);
    const found = await find(host, request);
    if (found === 'signed-out') return signIn.ask(request, response, host.label);
    if (found === 'stopped') return showStopped(host, request, response);
    if (typeof found === 'string') return showProblem(request, response, found);
    if (response.destroyed) return;
    if (!load.enter(found.workspaceId)) return showProblem(request, response, 'busy');
    deps.onUse(found.workspaceId);
    const show = (problem: PreviewProblem) =>
      showProblem(request, response, problem === 'down' && !found.isApp ? 'closed' : problem);
    const release = watchVisit(host, { request, target: found, end: () => response.destroy() });
    response.once('close', release);
    const forwarding = ownHeaders.ofRequest(request);
    const added = ownHeaders.ofAnswer(request, placeOf(host, found));
    return proxyRequest({ request, response, pool: poolOf(found), forwarding, added, show });
  }

  async function showStopped(host: AppHost, request: IncomingMessage, response: ServerResponse) {
    const target = isOpenedByPerson(request) && (await targets.find(host.label, host.preview));
    const isWoken = target && target.isApp && (await deps.wake(target.workspaceId));
    showProblem(request, response, isWoken ? 'starting' : 'stopped');
  }

  /** A visit may last for days: it ends when it would be refused now. Answers what to do when it is over. */
  function watchVisit(host: AppHost, { request, target, end }: Visit): () => void {
    const release = deps.watch({
      organizationId: target.organizationId,
      isAllowed: async () => !DENIALS.has(await find(host, request)),
      end,
    });
    return () => {
      release();
      load.leave(target.workspaceId);
    };
  }

  async function serveUpgrade(asked: Preview | Foreign, upgrade: Upgrade) {
    const { request, socket } = upgrade;
    const host = await appHostOf(asked);
    if (!host) return refuseUpgrade(socket, 400);
    const found = await find(host, request);
    if (typeof found === 'string') return refuseUpgrade(socket, problemStatus(found));
    if (socket.destroyed) return;
    if (!load.enter(found.workspaceId)) return refuseUpgrade(socket, problemStatus('busy'));
    const forbidden = new AbortController();
    const end = () => forbidden.abort();
    socket.once('close', watchVisit(host, { request, target: found, end }));
    const onUse = () => deps.onUse(found.workspaceId);
    onUse();
    const connect = () => openAppConnection(deps.agents, found);
    const forwarding = ownHeaders.ofRequest(request);
    return proxyUpgrade(upgrade, { forwarding, connect, onUse, signal: forbidden.signal });
  }

  return {
    handleRequest(request, response) {
      const host = hostTargetOf(request.headers.host);
      if (host.kind === 'own') return false;
      if (host.kind === 'unknown') refuseHost(response);
      else
        serve(host, request, response).catch((error: unknown) => {
          deps.onError(error);
          if (response.headersSent) response.destroy();
          else showProblem(request, response, 'offline');
        });
      return true;
    },

    handleUpgrade(request, socket, head) {
      const host = hostTargetOf(request.headers.host);
      if (host.kind === 'own') return false;
      socket.on('error', () => socket.destroy());
      if (host.kind === 'unknown') refuseUpgrade(socket, 400);
      else
        serveUpgrade(host, { request, socket, head }).catch((error: unknown) => {
          deps.onError(error);
          refuseUpgrade(socket, 503);
        });
      return true;
    },

    forgetTargets: targets.forget,

    close() {
      for (const pool of pools.values()) pool.destroy();
    },
  };
}

function placeOf({ domain }: AppHost, { sharing }: PreviewTarget) {
  return { isPublic: sharing === 'public', isDomain: domain !== undefined };
}

/** What a page that was left open asks for wakes nothing, nor does what a browser fetches ahead. */
function isOpenedByPerson({ method, headers }: IncomingMessage): boolean {
  const { accept = '', 'sec-fetch-mode': mode = 'navigate', 'sec-purpose': ahead } = headers;
  return method === 'GET' && accept.includes('text/html') && mode === 'navigate' && !ahead;
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
