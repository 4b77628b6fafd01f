import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTcpServer, connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createTunnel } from '@spt-flow/tunnel/session';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import { createAgentHub, type AgentHub } from '../../src/features/agents/index.ts';
import {
  createAppProbe,
  createPreviewRouter,
  type PreviewRouter,
} from '../../src/features/previews/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createTransportPair } from '../agents/inline-agent.ts';

const WORKSPACE = '11111111-1111-4111-8111-111111111111';
const PROJECT = '22222222-2222-4222-8222-222222222222';
const HOST = 'cafe.preview.localhost';

let hub: AgentHub;
let agentTunnel: Tunnel;
let router: PreviewRouter;
let port: number;
let appPort: number;
let desiredState: 'running' | 'stopped';
let actualState: string;
let errors: unknown[];
let connections: number;
let closers: (() => void)[];

beforeEach(async () => {
  closers = [];
  errors = [];
  connections = 0;
  desiredState = 'running';
  actualState = 'running';
  appPort = 1;
  hub = createAgentHub({
    clock: systemClock,
    onEvents: async () => undefined,
    onClone: async () => undefined,
    onError: (error) => void errors.push(error),
  });
  await attachAgent();
  const targets = {
    bySlug: async (slug: string) => (slug === 'cafe' ? target() : undefined),
    byProject: async (id: string) => (id === PROJECT ? target() : undefined),
  };
  router = createPreviewRouter({
    targets,
    agents: hub,
    names: { previewDomain: 'preview.localhost', publicUrl: 'https://flow.example.org' },
    onError: (error) => errors.push(error),
  });
  const server = createServer((incoming, response) => {
    if (!router.handleRequest(incoming, response)) response.end('control plane');
  });
  server.on('upgrade', (incoming, socket, head) => {
    if (!router.handleUpgrade(incoming, socket, head)) socket.end();
  });
  port = await listen(server);
  probe = createAppProbe({ targets, agents: hub });
});
afterEach(() => {
  router.close();
  hub.close();
  for (const close of closers) close();
});

let probe: ReturnType<typeof createAppProbe>;

function target() {
  return { workspaceId: WORKSPACE, appPort, desiredState, actualState };
}

/** The agent's side of `tcp` with real sockets, over a real tunnel. */
async function attachAgent(): Promise<void> {
  const { left, right } = createTransportPair();
  agentTunnel = createTunnel({ transport: right, role: 'server' });
  agentTunnel.onStream(serveStream);
  await hub.attach(
    {
      sessionId: 's',
      agentId: 'a',
      workspaceId: WORKSPACE,
      organizationId: 'o',
      bootId: 'b',
      machineFingerprint: 'm',
    },
    createTunnel({ transport: left, role: 'client' }),
  );
}

function serveStream(stream: TunnelStream): void {
  const head = stream.head;
  if (typeof head !== 'object' || head === null || !('port' in head)) {
    stream.respond({ ok: true });
    return;
  }
  connections += 1;
  const socket = connect({ host: '127.0.0.1', port: Number(head.port), allowHalfOpen: true });
  socket.once('connect', () => {
    stream.respond({ ok: true });
    stream.pipe(socket).pipe(stream);
  });
  socket.on('error', (error) => {
    if (!socket.connecting && stream.destroyed) return;
    stream.respond({ ok: false, code: 'refused', message: error.message });
    stream.end();
  });
  stream.on('error', () => socket.destroy());
  stream.once('close', () => socket.destroy());
}

async function listen(
  server: { listen(port: number, host: string): unknown } & NodeJS.EventEmitter & {
      address(): string | AddressInfo | null;
      close(): unknown;
      closeAllConnections?(): void;
    },
): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections?.();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function startApp(listener: RequestListener): Promise<void> {
  appPort = await listen(createServer(listener));
}

/** An app that speaks bytes instead of HTTP. */
async function startRawApp(onSocket: (socket: Socket) => void): Promise<void> {
  const sockets: Socket[] = [];
  appPort = await listen(
    createTcpServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => socket.destroy());
      onSocket(socket);
    }),
  );
  closers.push(() => sockets.forEach((socket) => socket.destroy()));
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

async function ask(
  options: { path?: string; host?: string; method?: string; headers?: Record<string, string> } = {},
  body?: string | Buffer,
): Promise<Answer> {
  const { path = '/', host = HOST, method = 'GET', headers = {} } = options;
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    agent: false,
    headers: { host, ...headers },
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    body: Buffer.concat(chunks).toString(),
  };
}

describe('host names', () => {
  it.each([
    'localhost:8080',
    '127.0.0.1:8080',
    '[::1]:8080',
    'flow.example.org',
    'FLOW.example.org.',
  ])('%s is the control plane', async (host) => {
    expect((await ask({ host })).body).toBe('control plane');
  });

  it.each([
    'evil.example',
    'preview.localhost.evil.example',
    'a.b.preview.localhost',
    'x_y',
    'localhost.evil',
  ])('%s is refused', async (host) => {
    expect((await ask({ host })).status).toBe(421);
  });

  it('an unknown app gets a page that says so', async () => {
    const answer = await ask({ host: 'none.preview.localhost', headers: { accept: 'text/html' } });

    expect(answer.status).toBe(404);
    expect(answer.body).toContain('There is no app at this address');
  });
});

describe('proxy', () => {
  it('carries method, path, body, status and repeated headers', async () => {
    await startApp(async (incoming, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      response.writeHead(201, [
        'Set-Cookie',
        'a=1; Domain=preview.localhost; Path=/',
        'Set-Cookie',
        'b=2',
        'X-Seen',
        `${incoming.method} ${incoming.url} ${incoming.headers.host}`,
      ]);
      response.end(Buffer.concat(chunks));
    });

    const answer = await ask({ path: '/entries?x=1', method: 'POST' }, 'hello');

    expect(answer).toMatchObject({ status: 201, body: 'hello' });
    expect(answer.headers['x-seen']).toBe(`POST /entries?x=1 ${HOST}`);
    expect(answer.headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2']);
  });

  it('never hands the control plane’s credentials to the app', async () => {
    let seen: IncomingMessage['headers'] = {};
    await startApp((incoming, response) => {
      seen = incoming.headers;
      response.end();
    });

    await ask({
      headers: {
        authorization: 'Bearer sptf_api_secret',
        cookie: 'theme=dark; spt_flow_session=secret',
        connection: 'close, x-hop',
        'x-hop': 'gone',
      },
    });

    expect(seen).toMatchObject({
      cookie: 'theme=dark',
      'x-forwarded-host': HOST,
      'x-forwarded-for': '127.0.0.1',
    });
    expect(seen.authorization).toBeUndefined();
    expect(seen['x-hop']).toBeUndefined();
    expect(JSON.stringify(seen)).not.toContain('secret');
  });

  it('reuses its connection to the app', async () => {
    await startApp((_incoming, response) => void response.end('ok'));

    await ask();
    await ask();

    expect(connections).toBe(1);
  });

  it('asks again when the app closed a pooled connection', async () => {
    await startRawApp((socket) => {
      let answered = false;
      socket.on('data', () => {
        if (answered) return socket.destroy();
        answered = true;
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });

    expect((await ask()).body).toBe('ok');
    expect((await ask()).body).toBe('ok');
    expect(connections).toBe(2);
  });

  it('does not ask over a pooled connection whose app has ended', async () => {
    await startRawApp((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        setTimeout(() => socket.end(), 20);
      });
    });

    expect((await ask()).body).toBe('ok');
    await sleep(200);
    expect((await ask()).body).toBe('ok');
    expect(connections).toBe(2);
  });

  it('streams 100 MB both ways with little memory', async () => {
    const total = 100 * 1024 * 1024;
    const block = Buffer.alloc(1024 * 1024, 'x');
    await startApp(async (incoming, response) => {
      let received = 0;
      for await (const chunk of incoming) received += chunk.length;
      response.setHeader('x-received', received);
      for (let sent = 0; sent < total; sent += block.length) {
        if (!response.write(block)) await once(response, 'drain');
      }
      response.end();
    });
    const before = process.memoryUsage().arrayBuffers;
    const outgoing = request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      agent: false,
      headers: { host: HOST },
    });
    for (let sent = 0; sent < total; sent += block.length) {
      if (!outgoing.write(block)) await once(outgoing, 'drain');
    }
    outgoing.end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    let received = 0;
    let peak = 0;
    for await (const chunk of answer) {
      received += chunk.length;
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }

    expect(answer.headers['x-received']).toBe(String(total));
    expect(received).toBe(total);
    expect(peak).toBeLessThan(64 * 1024 * 1024);
  }, 60_000);

  it('makes the app wait for a browser that does not read', async () => {
    const block = Buffer.alloc(256 * 1024, 'x');
    let sent = 0;
    let ended = false;
    await startApp((_incoming, response) => {
      response.on('close', () => (ended = true));
      const fill = () => {
        do sent += block.length;
        while (sent < 200 * 1024 * 1024 && response.write(block));
      };
      response.on('drain', fill);
      fill();
    });
    const browser = connect({ host: '127.0.0.1', port });
    browser.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    browser.pause();

    let last = -1;
    await expect
      .poll(() => [last, (last = sent)], { interval: 300, timeout: 10_000 })
      .toSatisfy(([previous, current]: number[]) => previous === current && (current ?? 0) > 0);
    expect(sent).toBeLessThan(60 * 1024 * 1024);
    browser.destroy();
    await expect.poll(() => ended).toBe(true);
  }, 20_000);

  it('passes a WebSocket on in both directions', async () => {
    const app = createServer();
    new WebSocketServer({ server: app }).on('connection', (socket, incoming) => {
      socket.send(String(incoming.headers.cookie));
      socket.on('message', (data) => socket.send(`echo ${String(data)}`));
    });
    appPort = await listen(app);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, {
      headers: { host: HOST, cookie: 'spt_flow_session=secret; a=1' },
    });
    const messages: string[] = [];
    socket.on('message', (data) => {
      messages.push(String(data));
      if (messages.length === 1) socket.send('hi');
    });

    await expect.poll(() => messages).toEqual(['a=1', 'echo hi']);
    socket.terminate();
  });

  it('ends the connection of an upgrade that the app did not take', async () => {
    await startApp((incoming, response) => void response.end(`plain ${incoming.url}`));
    const socket = connect({ host: '127.0.0.1', port });
    socket.write(
      `GET /one HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
      socket.write(`GET /two HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    });
    socket.on('error', () => undefined);

    await once(socket, 'close');

    expect(text).toMatch(/connection: close/i);
    expect(text).not.toContain('/two');
  });
});

describe('when there is no app to show', () => {
  it.each([
    ['stopped', 'stopped', 503, 'asleep'],
    ['running', 'starting', 503, 'starting'],
    ['running', 'running', 503, 'out of reach'],
  ] as const)(
    'a workspace wanted %s and %s without an agent answers %i',
    async (wanted, actual, status, words) => {
      hub.disconnect(WORKSPACE, 'gone');
      desiredState = wanted;
      actualState = actual;

      const answer = await ask({ headers: { accept: 'text/html' } });

      expect(answer.status).toBe(status);
      expect(answer.body).toContain(words);
      expect(answer.body).toContain('http-equiv="refresh"');
      expect(answer.headers['cache-control']).toBe('no-store');
    },
  );

  it('an app that is not running answers 502, in one line for programs', async () => {
    const answer = await ask();

    expect(answer.status).toBe(502);
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.body).toContain('The app is not running');
  });

  it.each([
    ['no HTTP at all', 'garbage\r\n\r\n'],
    ['a broken header', 'HTTP/1.1 200 OK\r\nX-A: b\rSet-Cookie: x\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 5\r\n\r\nabcde'],
    ['nothing', ''],
  ])('an app that sends %s answers 502', async (_name, bytes) => {
    await startRawApp((socket) => socket.on('data', () => socket.end(bytes)));

    expect((await ask({ method: 'POST' }, 'x')).status).toBe(502);
    expect(errors).toEqual([]);
  });

  it('an answer that breaks off is broken off for the browser too', async () => {
    await startRawApp((socket) =>
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
        setTimeout(() => socket.destroy(), 50);
      }),
    );

    await expect(ask()).rejects.toThrow();
  });

  it('an agent that is lost in the middle ends the answer', async () => {
    await startApp((_incoming, response) => void response.write('first'));
    const outgoing = request({
      host: '127.0.0.1',
      port,
      agent: false,
      headers: { host: HOST },
    }).end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    await once(answer, 'data');

    agentTunnel.close('lost');

    await expect(once(answer, 'end')).rejects.toThrow();
  });

  it('a failing database shows the page for later', async () => {
    const failing = createPreviewRouter({
      targets: {
        bySlug: () => Promise.reject(new AppError('database_unavailable')),
        byProject: async () => undefined,
      },
      agents: hub,
      names: { previewDomain: 'preview.localhost' },
      onError: (error) => errors.push(error),
    });
    const server = createServer(
      (incoming, response) => void failing.handleRequest(incoming, response),
    );
    port = await listen(server);

    expect((await ask()).status).toBe(503);
    expect(errors).toHaveLength(1);
  });
});

describe('isAnswering', () => {
  it('is true below 500 only', async () => {
    let status = 404;
    await startApp((_incoming, response) => void response.writeHead(status).end());

    expect(await probe.isAnswering(PROJECT)).toBe(true);
    status = 500;
    expect(await probe.isAnswering(PROJECT)).toBe(false);
  });

  it('is false without an app, a project or an agent', async () => {
    expect(await probe.isAnswering(PROJECT)).toBe(false);
    expect(await probe.isAnswering(WORKSPACE)).toBe(false);
    hub.disconnect(WORKSPACE, 'gone');
    expect(await probe.isAnswering(PROJECT)).toBe(false);
  });
});
