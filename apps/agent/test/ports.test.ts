import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ListenNoticeSchema } from '@spt-flow/shared/agent-protocol/requests';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import { buildAgent } from './support/build.ts';
import { createRig, responseOf, type Rig } from './support/rig.ts';
import { waitUntil } from './support/wait.ts';

/** Prints its port; as a child it is part of the workspace, in a session of its own it is a stranger's. */
const LISTENER = `require('net').createServer((s) => s.end('hello from ' + process.pid))
  .listen(0, '127.0.0.1', function () { console.log(this.address().port); })`;

let bundleFolder: string;
let rig: Rig;
const children: ChildProcess[] = [];
const strangers: number[] = [];

beforeAll(async () => {
  bundleFolder = await buildAgent();
});
afterAll(() => rm(bundleFolder, { recursive: true, force: true }));
beforeEach(async () => {
  rig = await createRig(bundleFolder);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const pid of strangers.splice(0)) process.kill(pid, 'SIGKILL');
  await rig.close();
});

async function startListener(): Promise<{ port: number; child: ChildProcess }> {
  const child = spawn(process.execPath, ['-e', LISTENER], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { port: Number(chunk.toString()), child };
}

/** Its parent ends at once, so that nothing leads from it to the tests. */
async function startStranger(): Promise<number> {
  const script = `"$0" -e "$1" & echo "pid $!"`;
  const shell = spawn('setsid', ['sh', '-c', script, process.execPath, LISTENER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  shell.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await waitUntil(() => /^\d+$/m.test(output));
  strangers.push(Number(/pid (\d+)/.exec(output)?.[1]));
  return Number(/^(\d+)$/m.exec(output)?.[1]);
}

function follow(): () => number[] {
  rig.tunnel.open({ method: 'events' }).resume();
  return () =>
    (rig.events.findLast((event) => event.type === 'ports')?.ports ?? []).map(({ port }) => port);
}

describe('ports of the workspace', () => {
  it('are told when they start and when they stop listening', async () => {
    const ports = follow();

    const { port, child } = await startListener();
    await waitUntil(() => ports().includes(port));
    expect(rig.events.findLast((event) => event.type === 'ports')?.ports).toContainEqual({
      port,
      families: ['ipv4'],
      pid: child.pid,
      name: 'node',
    });
    child.kill('SIGKILL');

    await waitUntil(() => !ports().includes(port));
  });

  it('are told again, all of them, to a control plane that comes back', async () => {
    const { port } = await startListener();
    const first = rig.tunnel.open({ method: 'events' });
    await responseOf(first);
    first.reset('cancelled');
    rig.events.length = 0;

    const ports = follow();

    await waitUntil(() => ports().includes(port));
  });

  it('do not include those of the machine’s other processes', async () => {
    const foreign = await startStranger();
    const ports = follow();
    const { port } = await startListener();

    await waitUntil(() => ports().includes(port));

    expect(ports()).not.toContain(foreign);
  });
});

describe('tcp', () => {
  it('reaches a port of the workspace', async () => {
    const { port, child } = await startListener();
    const stream = rig.tunnel.open({ method: 'tcp', port });

    expect(await responseOf(stream)).toEqual({ ok: true });
    expect(await text(stream)).toBe(`hello from ${child.pid}`);
  });

  it('refuses a port of another process of this machine, without connecting to it', async () => {
    const port = await startStranger();
    const stream = rig.tunnel.open({ method: 'tcp', port });

    expect(await responseOf(stream)).toMatchObject({
      ok: false,
      code: 'refused',
      message: `Nothing of this workspace listens on port ${port}`,
    });
  });
});

describe('tcp.listen', () => {
  async function listen(port = 0): Promise<{ stream: TunnelStream; port: number }> {
    const stream = rig.tunnel.open({ method: 'tcp.listen', port });
    const answer = await responseOf(stream);
    if (!answer.ok) throw new Error(answer.message);
    return { stream, port: (answer.data as { port: number }).port };
  }

  async function connectTo(port: number, host = '127.0.0.1'): Promise<Socket> {
    const socket = connect({ port, host });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  /** Unlike an iterator it leaves the other half open. */
  async function untilEnd(stream: TunnelStream): Promise<string> {
    let received = '';
    stream.on('data', (chunk: Buffer) => (received += chunk.toString()));
    await once(stream, 'end');
    return received;
  }

  async function nextConnection(stream: TunnelStream): Promise<TunnelStream> {
    const [line] = (await once(stream, 'data')) as [Buffer];
    const { connectionId } = ListenNoticeSchema.parse(JSON.parse(line.toString()));
    return rig.tunnel.open({ method: 'tcp.accept', connectionId });
  }

  it('hands connections over, with their bytes and the end of each half', async () => {
    const { stream, port } = await listen();
    const socket = await connectTo(port);
    const taken = await nextConnection(stream);
    expect(await responseOf(taken)).toEqual({ ok: true });

    const asked = untilEnd(taken);
    socket.end('question');
    const question = await asked;
    taken.end('answer');

    expect(question).toBe('question');
    expect(await text(socket)).toBe('answer');
  });

  it('stops listening and ends its connections with the stream that asked for it', async () => {
    const { stream, port } = await listen();
    const waiting = await connectTo(port);
    await once(stream, 'data');
    const taken = await connectTo(port);
    await responseOf(await nextConnection(stream));

    stream.reset('cancelled');

    await waitUntil(() => waiting.destroyed && taken.destroyed);
    await expect(connectTo(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('answers conflict when the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const stream = rig.tunnel.open({ method: 'tcp.listen', port });

    expect(await responseOf(stream)).toMatchObject({ ok: false, code: 'conflict' });
    server.close();
  });

  it('hands a connection over once only', async () => {
    const { stream, port } = await listen();
    const socket = await connectTo(port);
    const [line] = (await once(stream, 'data')) as [Buffer];
    const { connectionId } = ListenNoticeSchema.parse(JSON.parse(line.toString()));
    await responseOf(rig.tunnel.open({ method: 'tcp.accept', connectionId }));

    const second = rig.tunnel.open({ method: 'tcp.accept', connectionId });

    expect(await responseOf(second)).toMatchObject({ ok: false, code: 'not_found' });
    socket.destroy();
  });

  it('resets the socket when the other end resets', async () => {
    const { stream, port } = await listen();
    const socket = await connectTo(port);
    const taken = await nextConnection(stream);
    await responseOf(taken);
    const failed = once(socket, 'error');
    socket.resume();

    taken.reset('cancelled');

    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
  });
});
