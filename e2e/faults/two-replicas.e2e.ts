import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { LIVE_PATH } from '@spt-flow/shared/api/live';
import { portRoutes } from '@spt-flow/shared/api/ports';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { snapshotRoutes } from '@spt-flow/shared/api/snapshots';
import { tokenRoutes } from '@spt-flow/shared/api/tokens';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { createCli } from '../harness/cli.ts';
import { apply, changeSetsOf, preview, startApp, untilAnswers, write } from './support/apps.ts';
import { untilGone } from './support/processes.ts';
import {
  createProject,
  runInWorkspace,
  say,
  untilAnswered,
  untilRunning,
  type Running,
  type RunningProject,
} from './support/running-product.ts';
import { openSocket } from './support/sockets.ts';
import { startTwoReplicas, type TwoReplicas } from './support/two-replicas.ts';
import { until } from './support/until.ts';

const MIB = 1024 * 1024;
/** Echoes WebSockets, byte for byte, and sends as much as it is asked for. */
const APP = `
const { createServer } = require('node:http');
const { createHash } = require('node:crypto');
const { createServer: createTcp } = require('node:net');
const server = createServer((request, response) => response.end('hello'));
server.on('upgrade', (request, socket) => {
  const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const accept = createHash('sha1').update(key).digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n');
  socket.write(Buffer.concat([Buffer.from([0x81, 5]), Buffer.from('hello')]));
});
server.listen(Number(process.env.PORT), '127.0.0.1');
let sent = 0;
const total = ${64 * MIB};
createTcp((socket) => {
  socket.on('error', () => undefined);
  const push = () => {
    for (let goesOn = true; goesOn && sent < total; sent += 65536)
      goesOn = socket.write(Buffer.alloc(65536, 'x'));
    if (sent < total) socket.once('drain', push); else socket.end();
  };
  push();
}).listen(5999, '127.0.0.1');
createTcp((socket) => socket.end(String(sent))).listen(5998, '127.0.0.1');
`;

let replicas: TwoReplicas;
/** Runs the workspace, and holds its agent. */
let holder: Running;
/** Is asked. */
let asked: Running;
let shop: RunningProject;

beforeAll(async () => {
  replicas = await startTwoReplicas();
  ({ first: holder, second: asked } = replicas);
  shop = await createProject(holder, { name: 'Shop' });
});

afterAll(async () => {
  await replicas.close();
  await untilGone([holder.data, shop.workspaceId]);
});

function ofAsked(path: string, options: { protocols?: string[] } = {}) {
  return openSocket(`${asked.product.origin}${path}`, {
    headers: { authorization: `Bearer ${asked.token}` },
    ...options,
  });
}

async function transitions(running: Running, workspaceId: string) {
  const { items } = await running.api.call(workspaceRoutes.timeline, {
    ...{ params: { handle: workspaceId }, query: {} },
  });
  return items;
}

describe('a workspace of another replica', () => {
  it('is shown as connected, runs commands and takes changes', async () => {
    await untilRunning(asked, shop.workspaceId);

    const { stdout, exitCode } = await runInWorkspace(asked, shop.workspaceId, 'echo $((6 * 7))');
    expect({ stdout, exitCode }).toEqual({ stdout: '42\n', exitCode: 0 });

    await startApp(asked, shop.workspaceId);
    const edits = [write('server.js', APP)];
    const changed = await apply(asked, shop.workspaceId, { summary: 'Echo', edits });
    expect(changed, changed.reason ?? '').toMatchObject({ outcome: 'committed' });
    expect(await changeSetsOf(holder, shop.workspaceId)).toHaveLength(2);
  });

  it('shows its app, with its WebSockets, and its ports', async () => {
    const { previewUrl } = await asked.api.call(projectRoutes.get, {
      params: { handle: shop.project.id },
    });
    expect(await preview(asked, previewUrl)).toEqual({ status: 200, text: 'hello' });
    const { host, port } = new URL(previewUrl);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, {
      headers: { host, authorization: `Bearer ${asked.token}` },
    });
    const [greeting] = (await once(socket, 'message')) as [Buffer];
    expect(greeting.toString()).toBe('hello');
    socket.terminate();

    await until('the ports are told', async () => {
      const { items } = await asked.api.call(portRoutes.list, {
        params: { handle: shop.workspaceId },
      });
      return items.some((item) => item.port === 5999);
    });
  });

  it('has a terminal', async () => {
    const path = `/api/v1/workspaces/${shop.workspaceId}/terminal?command=tty%20%26%26%20cat`;
    const socket = await ofAsked(path);
    if (typeof socket === 'number') throw new Error(`Refused with ${socket}`);
    let screen = '';
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) screen += data.toString();
    });
    socket.send(Buffer.from('typed from afar\r'));
    await until('the terminal echoes', async () => screen.split('typed from afar').length > 2);
    expect(screen).toContain('/dev/pts/');
    socket.terminate();
  });

  it('is closed to a token at once that was revoked at the other replica', async () => {
    const { id, token } = await holder.api.call(tokenRoutes.createToken, {
      body: { name: 'Lost', scope: 'write', expiresInDays: 1 },
    });
    const headers = { authorization: `Bearer ${token}` };
    const path = `/api/v1/workspaces/${shop.workspaceId}/terminal`;
    const socket = await openSocket(`${asked.product.origin}${path}`, { headers });
    if (typeof socket === 'number') throw new Error(`Refused with ${socket}`);
    await once(socket, 'message');
    const closed = once(socket, 'close');

    await holder.api.call(tokenRoutes.revokeToken, { params: { id } });

    const [code] = (await closed) as [number];
    expect(code).toBe(1008);
    const answer = await fetch(`${asked.product.origin}/api/v1/auth/me`, { headers });
    expect(answer.status).toBe(401);
  });

  it('sends many bytes through a forwarded port at the pace of who reads them', async () => {
    const cli = await createCli(asked.product.origin);
    await cli.run(['login', '--with-token'], `${asked.token}\n`);
    const args = ['port-forward', shop.workspaceId, '-L', '0:5999', '-L', '0:5998'];
    const forward = await cli.start([...args, '--output', 'json']);
    const { localPort } = JSON.parse(forward.line) as { localPort: number };
    const socket = connect(localPort, '127.0.0.1').pause();
    let received = 0;
    await delay(1_500);
    const soFar = await runInWorkspace(
      asked,
      shop.workspaceId,
      `node -e "require('net').connect(5998, '127.0.0.1').pipe(process.stdout)"`,
    );
    expect(Number(soFar.stdout)).toBeLessThan(48 * MIB);

    socket.on('data', (chunk) => (received += chunk.length)).resume();
    await once(socket, 'end');

    expect(received).toBe(64 * MIB);
    await forward.end();
    await cli.remove();
  });

  it('is stopped and started by its own replica, whichever is asked, and the news reach all', async () => {
    const live = await ofAsked(LIVE_PATH);
    if (typeof live === 'number') throw new Error(`Refused with ${live}`);
    const { organization } = await asked.api.call(authRoutes.me, {});
    const news: string[] = [];
    live.on('message', (data: Buffer) => news.push(data.toString()));
    live.send(
      JSON.stringify({ type: 'subscribe', topic: `organization:${organization.id}`, after: 0 }),
    );

    await asked.api.call(workspaceRoutes.stop, { params: { handle: shop.workspaceId } });
    await until('it is stopped', async () => {
      const { actualState } = await holder.api.call(workspaceRoutes.get, {
        params: { handle: shop.workspaceId },
      });
      return actualState === 'stopped';
    });
    await asked.api.call(workspaceRoutes.start, { params: { handle: shop.workspaceId } });
    await untilRunning(asked, shop.workspaceId);

    const [start, stop] = await transitions(asked, shop.workspaceId);
    expect([start, stop]).toMatchObject([
      { kind: 'start', state: 'done' },
      { kind: 'stop', state: 'done' },
    ]);
    await until('the news came', async () => news.some((text) => text.includes('"stopped"')));
    live.terminate();
  });

  it('is copied and put back by its own replica, whichever is asked', async () => {
    const params = { handle: shop.workspaceId };
    await runInWorkspace(asked, shop.workspaceId, 'echo first > copied.txt');
    const { id } = await asked.api.call(snapshotRoutes.create, { params, body: {} });
    await runInWorkspace(asked, shop.workspaceId, 'echo second > copied.txt');

    await asked.api.call(snapshotRoutes.restore, { params, body: { snapshotId: id } });

    const { stdout } = await runInWorkspace(asked, shop.workspaceId, 'cat copied.txt');
    expect(stdout).toBe('first\n');
  });

  it('answers in the chat', async () => {
    const { project } = await createProject(holder, { name: 'Café' });
    const sent = await say(asked, project.id, 'a guestbook for my café');
    const reply = await untilAnswered(holder, project.id, sent);
    expect(reply, reply.content).toMatchObject({ state: 'done' });
    const { previewUrl } = await asked.api.call(projectRoutes.get, {
      params: { handle: project.id },
    });
    await untilAnswers(asked, previewUrl, 'Café');
  });
});

describe('a replica that is killed', () => {
  it('leaves its workspaces to the other, with their files, and comes back beside it', async () => {
    const own = await createProject(asked, { name: 'Own' });
    const started = await transitions(asked, own.workspaceId);
    await runInWorkspace(asked, shop.workspaceId, 'echo kept > kept.txt');

    await holder.product.kill();
    await until('the workspace is taken over', async () => {
      const { stdout } = await runInWorkspace(asked, shop.workspaceId, 'cat kept.txt').catch(
        () => ({ stdout: '' }),
      );
      return stdout === 'kept\n';
    });
    await holder.restart();

    await untilRunning(holder, own.workspaceId);
    expect(await transitions(holder, own.workspaceId)).toEqual(started);
    const { stdout } = await runInWorkspace(holder, shop.workspaceId, 'cat kept.txt');
    expect(stdout).toBe('kept\n');
    await untilRunning(holder, shop.workspaceId);
  });

  it('does not disturb what another one is about to do when it starts', async () => {
    await holder.product.kill();
    const [project] = await Promise.all([createProject(asked, { name: 'Busy' }), holder.restart()]);

    expect(await transitions(holder, project.workspaceId)).toMatchObject([
      { kind: 'start', state: 'done' },
    ]);
    const states = (await transitions(asked, shop.workspaceId)).map(({ state }) => state);
    expect(states).not.toContain('failed');
  });
});
