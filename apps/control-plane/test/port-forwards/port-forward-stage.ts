import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { CHANNEL_DATA } from '@spt-flow/shared/agent-protocol/requests';
import { PORT_FORWARD_SUBPROTOCOL } from '@spt-flow/shared/api/port-forward';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createChannelDecoder } from '@spt-flow/tunnel/channel-framing';
import { dialNodeSocket } from '@spt-flow/tunnel/websocket/node-socket';
import { createTunnel } from '@spt-flow/tunnel/session';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import { connectWebSocket } from '@spt-flow/tunnel/websocket/client';
import { createPortForwards } from '../../src/features/port-forwards/index.ts';
import { createAccessWatch, type AccessWatch } from '../../src/lib/access-watch.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { startStage, type Stage } from '../change-sets/stage.ts';
import { portOf } from '../support/ports.ts';
import { addressOf, createTestSessions } from '../support/sessions.ts';
import { useDatabases } from '../support/database.ts';

/** Runs in the workspace: prints its port, then does what the first byte of a connection says. */
export const ECHO_APP = `
require('net').createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {});
  socket.once('data', (first) => {
    const mode = String(first.subarray(0, 1));
    if (mode === 'e') { socket.write(first.subarray(1)); socket.pipe(socket); }
    if (mode === 'r') socket.resetAndDestroy();
    if (mode === 'f') { const block = Buffer.alloc(65536); const fill = () => { while (socket.write(block)); }; socket.on('drain', fill); fill(); }
  });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;

export interface PortForwardStage extends Pick<Stage, 'db' | 'controlPlane' | 'live'> {
  /** Who the client is, and what is known of the workspace: a test may change it. */
  principal: Principal | undefined;
  desiredState: string;
  /** Where the echoing program listens in the workspace. */
  appPort: number;
  uses: string[][];
  readonly access: AccessWatch;
  /** The client's. */
  readonly tunnel: Tunnel;
  urlOf(handle: string): string;
  connectTo(port: number): TunnelStream;
  /** What the echoing program answers. */
  echo(text: string): Promise<string>;
  /** Runs a script in the workspace, and resolves with the first line that it prints; it ends with the agent. */
  firstLine(script: string): Promise<string>;
}

/** usePortForwards has one workspace with a real agent for the tests of a file, and a client anew for each. */
export function usePortForwards(): PortForwardStage {
  const createDatabase = useDatabases();
  let base: Stage;
  let server: Awaited<ReturnType<typeof serve>>;
  let tunnel: Tunnel;
  let errors: unknown[];
  const stage: PortForwardStage = {
    ...{ principal: undefined, desiredState: 'running', appPort: 0, uses: [] },
    get db() {
      return base.db;
    },
    get controlPlane() {
      return base.controlPlane;
    },
    get live() {
      return base.live;
    },
    get access() {
      return server.access;
    },
    get tunnel() {
      return tunnel;
    },
    urlOf: (handle) => server.urlOf(handle),
    connectTo: (port) => tunnel.open({ type: 'connect', port }),
    async echo(text) {
      const stream = stage.connectTo(stage.appPort);
      const answer = untilEnd(stream);
      stream.end(`e${text}`);
      return answer;
    },
    firstLine: (script) => firstLine(base, script),
  };

  beforeAll(async () => {
    base = await startStage((await createDatabase()).db);
    server = await serve(stage, (error) => void errors.push(error));
  }, 60_000);
  afterAll(async () => {
    server.close();
    await base.close();
  });
  beforeEach(async () => {
    Object.assign(stage, { principal: base.live.tenant.principal, desiredState: 'running' });
    [errors, stage.uses] = [[], []];
    stage.appPort = Number(await stage.firstLine(ECHO_APP));
    tunnel = await connectClient(stage.urlOf(base.live.workspace.name));
  });
  afterEach(() => {
    tunnel.close('test is over');
    expect(errors).toEqual([]);
  });
  return stage;
}

async function serve(stage: PortForwardStage, onError: (error: unknown) => void) {
  const { controlPlane, live } = stage;
  const access = createAccessWatch({ announce: async () => undefined, onError });
  const forwards = createPortForwards({
    authenticate: async () => stage.principal,
    workspaces: {
      find: async (organizationId, handle) => {
        const { workspace } = live;
        const isOurs = organizationId === workspace.organizationId;
        if (!isOurs || ![workspace.name, workspace.id].includes(handle))
          throw new AppError('not_found');
        return { id: workspace.id, desiredState: stage.desiredState };
      },
    },
    agents: controlPlane.agents.hub,
    watch: access.watch,
    ...{ sessions: await createTestSessions(stage.db), addressOf },
    audit: controlPlane.audit,
    onUse: (workspaceId, source) => void stage.uses.push([workspaceId, source]),
    logger: { error: onError },
  });
  const server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', (request, duplex, head) => {
    if (forwards.matches(request)) forwards.upgrade(request, duplex, head);
  });
  const port = await portOf(server);
  return {
    access,
    urlOf: (handle: string) => `ws://127.0.0.1:${port}/api/v1/workspaces/${handle}/port-forward`,
    close() {
      access.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function connectClient(url: string): Promise<Tunnel> {
  const transport = await connectWebSocket({
    dial: dialNodeSocket,
    url,
    protocol: PORT_FORWARD_SUBPROTOCOL,
    timeoutMs: 10_000,
  });
  return createTunnel({ transport, role: 'client' });
}

async function firstLine({ controlPlane, live }: Stage, script: string): Promise<string> {
  const { stream } = await controlPlane.agents.hub.request(live.workspace.id, {
    method: 'exec',
    argv: [process.execPath, '-e', script],
  });
  const decoder = createChannelDecoder();
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) =>
      decoder.feed(chunk, (channel, bytes) => {
        if (channel === CHANNEL_DATA) resolve(bytes.toString().trim());
      }),
    );
  });
}

export async function untilEnd(stream: TunnelStream): Promise<string> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks).toString();
}
