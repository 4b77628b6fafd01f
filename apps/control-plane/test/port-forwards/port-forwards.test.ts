import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { auditLog } from '@spt-flow/db/schema';
import { CHANNEL_DATA } from '@spt-flow/shared/agent-protocol/requests';
import { PORT_FORWARD_SUBPROTOCOL } from '@spt-flow/shared/api/port-forward';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createChannelDecoder } from '@spt-flow/tunnel/channel-framing';
import { createTunnel } from '@spt-flow/tunnel/session';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import { dialNodeSocket } from '@spt-flow/tunnel/node-socket';
import { connectWebSocket } from '@spt-flow/tunnel/websocket-client';
import { createPortForwards } from '../../src/features/port-forwards/index.ts';
import { createAccessWatch, type AccessWatch } from '../../src/lib/access-watch.ts';
import type { Principal } from '../../src/lib/principal.ts';
import {
  buildAgent,
  startControlPlane,
  startLiveWorkspace,
  type LiveWorkspace,
  type TestControlPlane,
} from '../change-sets/live-workspace.ts';
import { useDatabases } from '../support/database.ts';

/** Runs in the workspace: prints its port, then does what the first byte of a connection says. */
const APP = `
require('net').createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {});
  socket.once('data', (first) => {
    const mode = String(first.subarray(0, 1));
    if (mode === 'e') { socket.write(first.subarray(1)); socket.pipe(socket); }
    if (mode === 'r') socket.resetAndDestroy();
    if (mode === 'f') { const block = Buffer.alloc(65536); const fill = () => { while (socket.write(block)); }; socket.on('drain', fill); fill(); }
  });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;

const createDatabase = useDatabases();
let db: Awaited<ReturnType<typeof createDatabase>>['db'];
let agentFolder: string;
let controlPlane: TestControlPlane;
let live: LiveWorkspace;
let server: ReturnType<typeof createHttpServer>;
let access: AccessWatch;
let principal: Principal | undefined;
let desiredState: string;
let errors: unknown[];
let uses: string[][];
let appPort: number;
let tunnel: Tunnel;

beforeAll(async () => {
  agentFolder = await buildAgent();
  ({ db } = await createDatabase());
  controlPlane = await startControlPlane(db);
  live = await startLiveWorkspace(db, controlPlane, agentFolder);
  access = createAccessWatch({
    announce: async () => undefined,
    onError: (error) => void errors.push(error),
  });
  const forwards = createPortForwards({
    authenticate: async () => principal,
    workspaces: {
      find: async (organizationId, handle) => {
        const { workspace } = live;
        const isOurs = organizationId === workspace.organizationId;
        if (!isOurs || ![workspace.name, workspace.id].includes(handle))
          throw new AppError('not_found');
        return { id: workspace.id, desiredState };
      },
    },
    agents: controlPlane.agents.hub,
    watch: access.watch,
    audit: controlPlane.audit,
    onUse: (workspaceId, source) => void uses.push([workspaceId, source]),
    logger: { error: (details) => void errors.push(details) },
  });
  server = createHttpServer().listen(0, '127.0.0.1');
  server.on('upgrade', (request, duplex, head) => {
    if (forwards.matches(request)) forwards.upgrade(request, duplex, head);
  });
  await once(server, 'listening');
}, 60_000);
afterAll(async () => {
  access.close();
  server.closeAllConnections();
  server.close();
  await live.close();
  await controlPlane.close();
  await rm(agentFolder, { recursive: true, force: true });
});
beforeEach(async () => {
  [principal, desiredState, errors] = [live.tenant.principal, 'running', []];
  uses = [];
  appPort = Number(await firstLine(APP));
  tunnel = await connectClient();
});
afterEach(() => {
  tunnel.close('test is over');
  expect(errors).toEqual([]);
});

function urlOf(handle: string): string {
  const { port } = server.address() as AddressInfo;
  return `ws://127.0.0.1:${port}/api/v1/workspaces/${handle}/port-forward`;
}

async function connectClient(): Promise<Tunnel> {
  const transport = await connectWebSocket({
    dial: dialNodeSocket,
    url: urlOf(live.workspace.name),
    protocol: PORT_FORWARD_SUBPROTOCOL,
    timeoutMs: 10_000,
  });
  return createTunnel({ transport, role: 'client' });
}

/** Runs a script in the workspace, and resolves with the first line that it prints; it ends with the agent. */
async function firstLine(script: string): Promise<string> {
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

function connectTo(port: number): TunnelStream {
  return tunnel.open({ type: 'connect', port });
}

async function untilEnd(stream: TunnelStream): Promise<string> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks).toString();
}

async function echo(text: string): Promise<string> {
  const stream = connectTo(appPort);
  const answer = untilEnd(stream);
  stream.end(`e${text}`);
  return answer;
}

describe('a forwarded port', () => {
  it('carries bytes both ways, and each half ends by itself', async () => {
    const text = 'x'.repeat(3_000_000);

    expect(await echo(text)).toBe(text);
  });

  it('is used by bytes, not by being open', async () => {
    expect(await connectTo(1).response).toMatchObject({ ok: false });
    const stream = connectTo(appPort);
    await stream.response;
    expect(uses).toEqual([]);

    const answer = untilEnd(stream);
    stream.end('ehello');
    await answer;

    expect(new Set(uses.map(String))).toEqual(new Set([`${live.workspace.id},ports`]));
  });

  it('carries many connections at once', async () => {
    const texts = Array.from({ length: 50 }, (_, index) => `connection ${index}`);

    expect(await Promise.all(texts.map(echo))).toEqual(texts);
  });

  it('tells when nothing listens', async () => {
    expect(await connectTo(1).response).toMatchObject({ ok: false, code: 'port_not_open' });
  });

  it('never reaches what listens on the same machine outside of the workspace', async () => {
    let connections = 0;
    const foreign = createServer(() => (connections += 1)).listen(0, '127.0.0.1');
    await once(foreign, 'listening');

    const answer = await connectTo((foreign.address() as AddressInfo).port).response;

    expect(answer).toMatchObject({ ok: false, code: 'port_not_open' });
    expect(connections).toBe(0);
    foreign.close();
  });

  it('passes a reset on', async () => {
    const stream = connectTo(appPort);
    await stream.response;
    const failed = once(stream, 'error');

    stream.write('r');

    expect(await failed).toMatchObject([{ name: 'TunnelError' }]);
  });

  it('serves others while a connection is not read, and 64 are broken off at once', async () => {
    const unread = connectTo(appPort);
    await unread.response;
    unread.write('f');
    const broken = await Promise.all(
      Array.from({ length: 64 }, async () => {
        const stream = connectTo(appPort);
        await stream.response;
        stream.write('f');
        return stream;
      }),
    );

    for (const stream of broken) stream.reset('cancelled');

    expect(await echo('still here')).toBe('still here');
  });

  it.each([
    { type: 'connect', port: 0 },
    { type: 'connect', port: 70_000 },
    { type: 'connect' },
    { type: 'dance', port: 1 },
    'text',
    null,
  ])('refuses %j', async (head) => {
    expect(await tunnel.open(head).response).toMatchObject({
      ok: false,
      code: 'validation_failed',
    });
  });
});

describe('a port of the workspace that leads to the client', () => {
  async function listen(port = 0): Promise<{ stream: TunnelStream; port: number }> {
    const stream = tunnel.open({ type: 'listen', port });
    stream.resume();
    const answer = (await stream.response) as { ok: boolean; port: number };
    expect(answer.ok).toBe(true);
    return { stream, port: answer.port };
  }

  /** What a program of the workspace gets from a port when it says hello. */
  function askInWorkspace(port: number): Promise<string> {
    return firstLine(`
      const socket = require('net').connect(${port}, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => (text += chunk)).on('end', () => console.log('got ' + text));
      socket.on('error', (error) => console.log(error.code));
      socket.write('hello');`);
  }

  it('brings connections home', async () => {
    const { stream, port } = await listen();
    const heads: unknown[] = [];
    tunnel.onStream((home) => {
      heads.push(home.head);
      home.respond({ ok: true });
      home.once('data', (chunk: Buffer) => home.end(`${chunk.toString()} from home`));
    });

    expect(await askInWorkspace(port)).toBe('got hello from home');
    expect(heads).toEqual([{ type: 'connection', listener: stream.streamId }]);
  });

  it('resets connections that nobody takes at home', async () => {
    const { port } = await listen();
    tunnel.onStream((home) => {
      home.respond({ ok: false, code: 'refused', message: 'nobody' });
      home.end();
    });

    expect(await askInWorkspace(port)).toBe('ECONNRESET');
  });

  it.each(['the stream that asked', 'the client'])('ends with %s', async (what) => {
    const { stream, port } = await listen();

    if (what === 'the client') tunnel.close('left');
    else stream.end();

    await expect.poll(() => askInWorkspace(port)).toBe('ECONNREFUSED');
  });

  it('is refused when the port is taken', async () => {
    expect(await tunnel.open({ type: 'listen', port: appPort }).response).toMatchObject({
      ok: false,
      code: 'port_unavailable',
    });
  });
});

describe('when the workspace goes away', () => {
  afterEach(restartAgent);

  async function killAgent(): Promise<void> {
    const { hub } = controlPlane.agents;
    await live.endAgent('SIGKILL');
    await expect.poll(() => hub.isOnline(live.workspace.id)).toBe(false);
  }

  async function restartAgent(): Promise<void> {
    await killAgent();
    await live.startAgent();
  }

  it('connections are reset, listeners end, and new ones are told why', async () => {
    const stream = connectTo(appPort);
    await stream.response;
    const listener = tunnel.open({ type: 'listen', port: 0 });
    listener.resume();
    await listener.response;
    const failures = Promise.all([once(stream, 'error'), once(listener, 'error')]);

    await killAgent();

    expect(await failures).toMatchObject([[{ code: 'tunnel_closed' }], [{}]]);
    await expect
      .poll(() => connectTo(appPort).response)
      .toMatchObject({ ok: false, code: 'agent_offline' });
    desiredState = 'stopped';
    expect(await connectTo(appPort).response).toMatchObject({
      ok: false,
      code: 'workspace_stopped',
    });
  });

  it('the same client goes on once it is back', async () => {
    await restartAgent();
    appPort = Number(await firstLine(APP));

    expect(await echo('again')).toBe('again');
  });
});

describe('who may forward ports', () => {
  async function refusal(handle = live.workspace.name): Promise<{ status: number; code: string }> {
    const refused = new WebSocket(urlOf(handle), PORT_FORWARD_SUBPROTOCOL);
    refused.on('error', () => undefined);
    const [, answer] = await once(refused, 'unexpected-response');
    let body = '';
    for await (const chunk of answer) body += String(chunk);
    return { status: answer.statusCode, code: JSON.parse(body).error.code };
  }

  it.each<[string, () => Principal | undefined, number, string]>([
    ['nobody', () => undefined, 401, 'not_authenticated'],
    [
      'a token that may only read',
      () => ({ ...live.tenant.principal, scope: 'read', via: { kind: 'token', id: 't' } }),
      403,
      'scope_missing',
    ],
    ['a reader', () => ({ ...live.tenant.principal, scope: 'read' }), 403, 'not_permitted'],
    [
      'another organization',
      () => ({ ...live.tenant.principal, organizationId: randomUUID() }),
      404,
      'not_found',
    ],
  ])('is not %s', async (_name, who, status, code) => {
    principal = who();

    expect(await refusal()).toEqual({ status, code });
  });

  it('is asked for every connection', async () => {
    expect(await echo('before')).toBe('before');

    principal = undefined;

    expect(await connectTo(appPort).response).toMatchObject({
      ok: false,
      code: 'not_authenticated',
    });
  });

  it('ends what is open when it is taken away', async () => {
    const stream = connectTo(appPort);
    stream.write('eopen');
    await once(stream, 'data');
    stream.on('error', () => undefined);
    access.changed(live.workspace.organizationId);
    expect(await echo('still')).toBe('still');

    principal = undefined;
    access.changed(live.workspace.organizationId);

    expect(await tunnel.closed).toBe('You may no longer use this workspace');
    expect(stream.destroyed).toBe(true);
  });

  it('is told when the workspace does not exist', async () => {
    expect(await refusal('%E0%A4%A')).toEqual({ status: 404, code: 'not_found' });
    expect(await refusal('other')).toEqual({ status: 404, code: 'not_found' });
  });

  it('is written to the audit log, with ports that lead to a client', async () => {
    await echo('once');
    await tunnel.open({ type: 'listen', port: 0 }).response;
    tunnel.close('left');

    const entries = async () =>
      db
        .select({ action: auditLog.action, detail: auditLog.detail })
        .from(auditLog)
        .where(eq(auditLog.target, `workspace:${live.workspace.id}`));
    await expect.poll(entries).toEqual(
      expect.arrayContaining([
        { action: 'port-forward.open', detail: {} },
        { action: 'port-forward.listen', detail: { port: expect.any(Number) } },
        { action: 'port-forward.close', detail: { connections: 1 } },
      ]),
    );
  });
});
