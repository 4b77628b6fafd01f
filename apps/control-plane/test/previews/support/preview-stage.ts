import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { SharingLevel, Visitor } from '@spt-flow/shared/domain/sharing';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { createAgentHub, type LocalAgentHub } from '../../../src/features/agents/index.ts';
import {
  createAppProbe,
  createPreviewRouter,
  type PreviewRouter,
} from '../../../src/features/previews/index.ts';
import type {
  PreviewTarget,
  PreviewTargets,
} from '../../../src/features/previews/previews-repository.ts';
import { createAccessWatch } from '../../../src/lib/access-watch.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createRequestPath } from '../../../src/lib/request-path.ts';
import type { Principal } from '../../../src/lib/principal.ts';
import { ask, type Question } from './ask.ts';
import { createServers } from './servers.ts';
import { attachTcpAgent } from './tcp-agent.ts';

export const WORKSPACE = '11111111-1111-4111-8111-111111111111';
export const PROJECT = '22222222-2222-4222-8222-222222222222';

/** Sees requests before the router, as the control plane's own gate does. */
type Intercept = PreviewRouter['handleRequest'];
type Listener = (incoming: IncomingMessage, response: ServerResponse) => unknown;

export interface PreviewStage {
  readonly hub: LocalAgentHub;
  readonly agentTunnel: Tunnel;
  readonly probe: ReturnType<typeof createAppProbe>;
  readonly port: number;
  /** What the hub, the router and the apps reported. */
  readonly errors: unknown[];
  /** How many connections to the app the agent opened. */
  connections(): number;
  setState(desired: 'running' | 'stopped', actual: string): void;
  /** How the app of the stage is shared; public unless told. */
  share(sharing: SharingLevel): void;
  /** Names of its owner's at which the app answers. */
  readonly domains: Set<string>;
  /** From now on the token stands for nobody. */
  /** Its project is restricted, and not given to them. */
  hideFrom(visitor: Visitor): void;
  revoke(token: string): void;
  /** Whom tokens stand for, API tokens and those of the host's cookie. */
  readonly visitors: Map<string, Visitor>;
  /** Codes that were redeemed, with the secret that came along; those that are `good` give a token. */
  readonly redeemed: { label: string; code: string; secret: string }[];
  /** The workspace, for each time that somebody used its app. */
  readonly uses: string[];
  /** The workspace, for each time that it was to be woken. */
  readonly wakes: string[];
  startApp(listener: Listener): Promise<void>;
  /** An app that speaks bytes instead of HTTP. */
  startRawApp(onSocket: (socket: Socket) => void): Promise<void>;
  showServer(server: Server): Promise<void>;
  /** Resolves with the port; the stage closes the server. */
  listen(server: Server): Promise<number>;
  ask(question?: Question): ReturnType<typeof ask>;
  close(): void;
}

/** openPreviewStage puts the router before an app, with an agent between them over a real tunnel. */
export async function openPreviewStage({
  limits = { open: 1_000, perMinute: 100_000 },
  intercept = (_domains: ReadonlySet<string>): Intercept =>
    () =>
      false,
} = {}): Promise<PreviewStage> {
  const errors: unknown[] = [];
  const uses: string[] = [];
  const wakes: string[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const servers = createServers();
  const sockets = new Set<Socket>();
  const { targets, change } = createTarget();
  const visitors = new Map<string, Visitor>();
  const hidden = new Set<string>();
  const redeemed: PreviewStage['redeemed'] = [];
  const domains = new Set<string>();
  const hub = createAgentHub({
    clock: systemClock,
    onEvents: async () => undefined,
    onError,
  });
  const agent = await attachTcpAgent(hub, WORKSPACE);
  const access = createAccessWatch({ announce: async () => undefined, onError });
  const router = createPreviewRouter({
    targets,
    slugOfDomain: async (name) => (domains.has(name) ? 'cafe' : undefined),
    agents: hub,
    credentials: {
      byApiToken: async (token) => principalOf(visitors.get(token)),
      byPreview: async (token, label) => (label === 'cafe' ? visitors.get(token) : undefined),
    },
    sessions: {
      async redeem(input) {
        redeemed.push(input);
        return input.code === 'good' ? 'fresh-token' : undefined;
      },
    },
    reaches: async (visitor, projectId) => !hidden.has(`${visitor.userId} ${projectId}`),
    previewDomain: 'preview.localhost',
    publicUrl: 'https://flow.example.org',
    requestPath: createRequestPath([]),
    clock: systemClock,
    watch: access.watch,
    limits,
    onUse: (workspaceId) => void uses.push(workspaceId),
    wake: async (workspaceId) => wakes.push(workspaceId) > 0,
    onError,
  });
  access.onChange(router.forgetTargets);
  const port = await servers.listen(serverOf(router, intercept(domains)));

  async function showServer(server: Server): Promise<void> {
    change({ port: await servers.listen(server) });
    router.forgetTargets();
  }

  function startApp(listener: Listener): Promise<void> {
    return showServer(
      createServer((incoming, response) => {
        Promise.resolve(listener(incoming, response)).catch(onError);
      }),
    );
  }

  function startRawApp(onSocket: (socket: Socket) => void): Promise<void> {
    return showServer(
      createTcpServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => socket.destroy());
        onSocket(socket);
      }),
    );
  }

  function close(): void {
    access.close();
    router.close();
    hub.close();
    servers.close();
    for (const socket of sockets) socket.destroy();
  }

  return {
    hub,
    agentTunnel: agent.tunnel,
    probe: createAppProbe({ targets, agents: hub }),
    port,
    errors,
    uses,
    wakes,
    connections: agent.connections,
    setState: (desiredState, actualState) => change({ desiredState, actualState }),
    share(sharing) {
      change({ sharing });
      access.changed(OWNER.organizationId);
    },
    hideFrom({ userId }) {
      hidden.add(`${userId} cafe`);
      access.changed(OWNER.organizationId);
    },
    revoke(token) {
      visitors.delete(token);
      access.changed(OWNER.organizationId);
    },
    visitors,
    domains,
    redeemed,
    startApp,
    startRawApp,
    showServer,
    listen: servers.listen,
    ask: (question = {}) => ask(port, question),
    close,
  };
}

/** Whose the app of the stage is. */
export const OWNER: Visitor = { userId: 'ada', organizationId: 'team', role: 'developer' };

function createTarget(): {
  targets: PreviewTargets;
  change: (part: Partial<PreviewTarget>) => void;
} {
  let target: PreviewTarget = {
    workspaceId: WORKSPACE,
    projectId: 'cafe',
    organizationId: OWNER.organizationId,
    ownerId: OWNER.userId,
    port: 1,
    isApp: true,
    sharing: 'public',
    desiredState: 'running',
    actualState: 'running',
  };
  return {
    targets: {
      byLabel: async (label) => {
        const isPort = label.kind === 'port';
        if ((isPort ? label.workspace : label.slug) !== 'cafe') return undefined;
        return isPort ? { ...target, port: label.port, isApp: label.port === target.port } : target;
      },
      byProject: async (id) => (id === PROJECT ? target : undefined),
    },
    change: (part) => {
      target = { ...target, ...part };
    },
  };
}

function principalOf(visitor: Visitor | undefined): Principal | undefined {
  return (
    visitor && {
      ...visitor,
      ...{ userName: '', userEmail: '', organizationName: '', organizationSlug: '' },
      scope: 'read',
      via: { kind: 'token', id: 't' },
    }
  );
}

function serverOf(router: PreviewRouter, intercept: Intercept): Server {
  const server = createServer((incoming, response) => {
    if (intercept(incoming, response)) return;
    if (!router.handleRequest(incoming, response)) response.end('control plane');
  });
  server.on('upgrade', (incoming, socket, head) => {
    if (!router.handleUpgrade(incoming, socket, head)) socket.end();
  });
  return server;
}
