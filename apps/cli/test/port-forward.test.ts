import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { workspace } from './support/fixtures.ts';
import { createForwardStage, type ForwardStage } from './support/forward-stage.ts';
import { makeHome, run, type RunResult } from './support/run.ts';
import { startTestServer, TOKEN, type TestServer } from './support/test-server.ts';

/** The first connection loads what it needs. */
const PATIENCE = { timeout: 20_000 };

let server: TestServer;
let stage: ForwardStage;
let home: string;
let remove: () => Promise<void>;
let stop: AbortController;
let running: Promise<RunResult>[];
const apps: Server[] = [];

beforeEach(async () => {
  server = await startTestServer();
  server.on(workspaceRoutes.get, () => workspace());
  stage = createForwardStage(server);
  ({ home, remove } = await makeHome());
  stop = new AbortController();
  running = [];
});
afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  stage.close();
  for (const app of apps.splice(0)) app.close();
  await server.close();
  await remove();
});

function forward(args: readonly string[], env: Record<string, string> = {}) {
  let stdout = '';
  let stderr = '';
  const result = run(['port-forward', 'demo', ...args], {
    home,
    env: { SPT_FLOW_SERVER: server.url, SPT_FLOW_TOKEN: TOKEN, ...env },
    signal: stop.signal,
    onStdout: (all) => (stdout = all),
    onStderr: (all) => (stderr = all),
  });
  running.push(result);
  return {
    result,
    stderr: () => stderr,
    /** The nth line of what works, once it is there. */
    line: async (index = 0): Promise<string> => {
      const lines = () => stdout.split('\n').slice(0, -1);
      await expect.poll(() => lines().length, PATIENCE).toBeGreaterThan(index);
      return lines()[index] ?? '';
    },
  };
}

/** An app in the workspace that answers whatever it is told with a word before it. */
async function startApp(): Promise<number> {
  const app = createServer({ allowHalfOpen: true }, (socket) => {
    let asked = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => (asked += String(chunk)));
    socket.on('end', () => socket.end(`heard ${asked}`));
  }).listen(0, '127.0.0.1');
  apps.push(app);
  await once(app, 'listening');
  return (app.address() as AddressInfo).port;
}

async function ask(port: number, question: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.end(question);
  return text(socket);
}

function portIn(line: string): number {
  return Number(/:(\d+) →/.exec(line)?.[1]);
}

describe('port-forward -L', () => {
  it('carries connections to the workspace, shows them, and ends with Ctrl-C', async () => {
    const port = await startApp();
    const forwarding = forward(['-L', `0:${port}`]);
    const line = await forwarding.line();
    expect(line).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\d+ → demo:${port}$`));

    expect(await ask(portIn(line), 'hello')).toBe('heard hello');
    await expect
      .poll(forwarding.stderr, PATIENCE)
      .toMatch(new RegExp(`→ ${port}: connected\n.*: closed\n`));
    stop.abort();

    expect(await forwarding.result).toMatchObject({ exitCode: 130 });
    expect(forwarding.stderr()).toContain('no longer forwarded');
    await expect(ask(portIn(line), 'hello')).rejects.toThrow('ECONNREFUSED');
  });

  it('carries many at once, each with its own bytes', async () => {
    const port = await startApp();
    const local = portIn(await forward(['-L', `0:${port}`]).line());
    const questions = Array.from({ length: 40 }, (_, index) => `${index}`.repeat(5_000));

    const answers = await Promise.all(questions.map((question) => ask(local, question)));

    expect(answers).toEqual(questions.map((question) => `heard ${question}`));
  });

  it('prints JSON for programs', async () => {
    const port = await startApp();

    expect(JSON.parse(await forward(['-L', `0:${port}`, '--output', 'json']).line())).toEqual({
      direction: 'local',
      address: '127.0.0.1',
      localPort: expect.any(Number),
      port,
    });
  });

  it('takes its ports from a variable', async () => {
    const ports = [await startApp(), await startApp()];
    const forwarding = forward([], { SPT_FLOW_LOCAL: ports.map((port) => `0:${port}`).join(',') });

    expect(await forwarding.line(1)).toContain(`demo:${ports[1]}`);
  });

  it('resets a connection when nothing listens, and says so', async () => {
    const forwarding = forward(['-L', '0:1']);
    const local = portIn(await forwarding.line());

    await expect(ask(local, 'hello')).rejects.toThrow('ECONNRESET');

    expect(forwarding.stderr()).toContain('→ 1: Nothing listens on that port of the workspace');
  });

  it('goes on under the same port after the connection was lost', async () => {
    const port = await startApp();
    const forwarding = forward(['-L', `0:${port}`]);
    const local = portIn(await forwarding.line());
    await ask(local, 'before');

    stage.breakConnection();
    await expect.poll(forwarding.stderr, PATIENCE).toContain('Connection lost');

    // It waits for the server instead of failing.
    expect(await ask(local, 'after')).toBe('heard after');
    await expect.poll(forwarding.stderr, PATIENCE).toContain('Connected again');
    expect(stage.connections()).toBe(2);
  });

  it('breaks off what was open when the connection is lost', async () => {
    const port = await startApp();
    const forwarding = forward(['-L', `0:${port}`]);
    const local = portIn(await forwarding.line());
    const socket = connect({ port: local, host: '127.0.0.1' });
    socket.write('half a question');
    await expect.poll(forwarding.stderr, PATIENCE).toContain('connected');
    const failed = once(socket, 'error');

    stage.breakConnection();

    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
  });

  it('ends when the port of this machine is taken', async () => {
    const taken = await startApp();

    expect(await forward(['-L', `${taken}:1`]).result).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining(`Port ${taken} of this machine cannot be used`),
    });
  });
});

describe('port-forward -R', () => {
  it('carries connections of the workspace home', async () => {
    const port = await startApp();
    const forwarding = forward(['-R', `0:localhost:${port}`]);
    const line = await forwarding.line();
    expect(line).toMatch(new RegExp(`^demo:\\d+ → localhost:${port}$`));

    expect(await ask(portIn(line), 'hello')).toBe('heard hello');
  });

  it('resets a connection when nothing answers at home, and says so', async () => {
    const forwarding = forward(['-R', '0:127.0.0.1:1']);
    const remote = portIn(await forwarding.line());

    await expect(ask(remote, 'hello')).rejects.toThrow('ECONNRESET');
    await expect.poll(forwarding.stderr, PATIENCE).toContain('→ 127.0.0.1:1: connect ECONNREFUSED');
  });

  it.each(['connection', 'workspace'])('listens again after the %s was lost', async (what) => {
    const [port, taken] = [await startApp(), await startApp()];
    apps.pop()?.close();
    const forwarding = forward(['-R', `${taken}:127.0.0.1:${port}`]);
    await forwarding.line();

    if (what === 'workspace') stage.loseWorkspace();
    else stage.breakConnection();

    await expect
      .poll(() => ask(taken, 'again').catch(() => ''), { timeout: 20_000 })
      .toBe('heard again');
  });

  it('ends when the port of the workspace is taken', async () => {
    const taken = await startApp();

    expect(await forward(['-R', `${taken}:localhost:1`]).result).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('The port cannot be used in the workspace'),
    });
  });
});

describe('port-forward', () => {
  it.each([
    [['-L', 'http']],
    [['-L', '0']],
    [['-L', '3000:70000']],
    [['-R', '3000']],
    [['-R', '9000:localhost:http']],
    [[]],
  ])('is wrong usage with %j', async (args) => {
    expect(await forward(args).result).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it('says why the server refuses', async () => {
    const error = {
      code: 'scope_missing',
      message: 'The token does not permit this',
      correlationId: 'c',
    };
    const body = JSON.stringify({ success: false, data: null, error });
    server.refuseSockets(
      `HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );

    expect(await forward(['-L', '0:1']).result).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('The token does not permit this'),
    });
  });
});
