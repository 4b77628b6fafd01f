import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { createAgentHub, type AgentHub } from '../../../src/features/agents/index.ts';
import {
  createAppProbe,
  createPreviewRouter,
  type PreviewRouter,
} from '../../../src/features/previews/index.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { ask, type Question } from './ask.ts';
import { createServers } from './servers.ts';
import { attachTcpAgent } from './tcp-agent.ts';

export const WORKSPACE = '11111111-1111-4111-8111-111111111111';
export const PROJECT = '22222222-2222-4222-8222-222222222222';

type Listener = (incoming: IncomingMessage, response: ServerResponse) => unknown;

export interface PreviewStage {
  readonly hub: AgentHub;
  readonly agentTunnel: Tunnel;
  readonly probe: ReturnType<typeof createAppProbe>;
  readonly port: number;
  /** What the hub, the router and the apps reported. */
  readonly errors: unknown[];
  /** How many connections to the app the agent opened. */
  connections(): number;
  setState(desired: 'running' | 'stopped', actual: string): void;
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
export async function openPreviewStage(): Promise<PreviewStage> {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const servers = createServers();
  const sockets = new Set<Socket>();
  const { targets, change } = createTarget();
  const hub = createAgentHub({
    clock: systemClock,
    onEvents: async () => undefined,
    onError,
  });
  const agent = await attachTcpAgent(hub, WORKSPACE);
  const router = createPreviewRouter({
    targets,
    agents: hub,
    names: { previewDomain: 'preview.localhost', publicUrl: 'https://flow.example.org' },
    onError,
  });
  const port = await servers.listen(serverOf(router));

  async function showServer(server: Server): Promise<void> {
    change({ appPort: await servers.listen(server) });
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
    connections: agent.connections,
    setState: (desiredState, actualState) => change({ desiredState, actualState }),
    startApp,
    startRawApp,
    showServer,
    listen: servers.listen,
    ask: (question = {}) => ask(port, question),
    close,
  };
}

interface Target {
  readonly workspaceId: string;
  readonly appPort: number;
  readonly desiredState: 'running' | 'stopped';
  readonly actualState: string;
}

function createTarget() {
  let target: Target = {
    workspaceId: WORKSPACE,
    appPort: 1,
    desiredState: 'running',
    actualState: 'running',
  };
  return {
    targets: {
      bySlug: async (slug: string) => (slug === 'cafe' ? target : undefined),
      byProject: async (id: string) => (id === PROJECT ? target : undefined),
    },
    change: (part: Partial<Target>) => {
      target = { ...target, ...part };
    },
  };
}

function serverOf(router: PreviewRouter): Server {
  const server = createServer((incoming, response) => {
    if (!router.handleRequest(incoming, response)) response.end('control plane');
  });
  server.on('upgrade', (incoming, socket, head) => {
    if (!router.handleUpgrade(incoming, socket, head)) socket.end();
  });
  return server;
}
