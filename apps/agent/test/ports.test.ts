import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type ListenOptions, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ListenNoticeSchema } from '@spt-flow/shared/agent-protocol/requests';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import { useBuiltAgent } from './support/build.ts';
import { createRig, responseOf, type Rig } from './support/rig.ts';
import { waitUntil } from './support/wait.ts';

/**
 * Prints its port; as a child it is part of the workspace, in a session of its own it is a stranger's. It stops
 * listening, but goes on, when it is told to by a line.
 */
const LISTENER = `const [, at] = process.argv;
  const server = require('net').createServer((s) => s.on('error', () => {}).end('hello from ' + process.pid));
  server.listen(at ? JSON.parse(at) : { port: 0, host: '127.0.0.1' }, () => console.log(server.address().port));
  server.on('error', (error) => console.log(error.code));
  process.stdin.once('data', () => server.close() && setImmediate(() => console.log('closed')));`;

const built = useBuiltAgent();
let rig: Rig;
const children: ChildProcess[] = [];
const strangers: number[] = [];

beforeEach(async () => {
  rig = await createRig(built.folder);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const pid of strangers.splice(0)) process.kill(pid, 'SIGKILL');
  await rig.close();
});

type At = Pick<ListenOptions, 'host' | 'port' | 'ipv6Only'>;

async function startListener(at: At = { host: '127.0.0.1', port: 0 }) {
  const command = ['-e', LISTENER, JSON.stringify(at)];
  const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { port: Number(chunk.toString()), child };
}

/** Its parent ends at once, so that nothing leads from it to the tests. */
async function startStranger(at: At = { host: '127.0.0.1', port: 0 }): Promise<number> {
  const answer = await tryStranger(at);
  if (!/^\d+$/.test(answer)) throw new Error(answer);
  return Number(answer);
}

/** Its port, or why it may not listen. */
async function tryStranger(at: At): Promise<string> {
  const script = `"$0" -e "$1" "$2" & echo "pid $!"`;
  const program = ['sh', '-c', script, process.execPath, LISTENER, JSON.stringify(at)];
  const shell = spawn('setsid', program, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  shell.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await waitUntil(() => /^(\d+|E[A-Z]+)$/m.test(output) && output.includes('pid'));
  const answer = /^(\d+|E[A-Z]+)$/m.exec(output)?.[1] ?? '';
  if (!answer.startsWith('E')) strangers.push(Number(/pid (\d+)/.exec(output)?.[1]));
  return answer;
}

/** The process goes on without the socket. */
async function stopListening(child: ChildProcess): Promise<void> {
  const closed = once(child.stdout ?? child, 'data');
  child.stdin?.write('stop\n');
  await closed;
}

async function helloFrom(port: number): Promise<string> {
  const stream = rig.tunnel.open({ method: 'tcp', port });
  const answer = await responseOf(stream);
  return answer.ok ? text(stream) : answer.message;
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
    // An app that is still to be started is nothing to warn of.
    expect(rig.events).toContainEqual(expect.objectContaining({ type: 'log', level: 'debug' }));
  });
});

describe('tcp to a port that was met a moment ago', () => {
  it('refuses at once when it was closed', async () => {
    const { port, child } = await startListener();
    expect(await helloFrom(port)).toBe(`hello from ${child.pid}`);

    await stopListening(child);

    expect(await helloFrom(port)).toBe(`Nothing of this workspace listens on port ${port}`);
  });

  it('refuses when another process of this machine took it over', async () => {
    const { port, child } = await startListener();
    expect(await helloFrom(port)).toBe(`hello from ${child.pid}`);

    await stopListening(child);
    await startStranger({ host: '127.0.0.1', port });

    expect(await helloFrom(port)).toBe(`Nothing of this workspace listens on port ${port}`);
  });

  it('leads past what stands at IPv4 beside a socket of IPv6 alone', async () => {
    const { port, child } = await startListener({ host: '::', port: 0, ipv6Only: true });
    expect(await helloFrom(port)).toBe(`hello from ${child.pid}`);

    await startStranger({ host: '127.0.0.1', port });

    expect(await helloFrom(port)).toBe(`hello from ${child.pid}`);
  });

  it.each<[string, At, At]>([
    ['an address', { host: '127.0.0.1' }, { host: '127.0.0.1' }],
    ['an address by a wildcard', { host: '127.0.0.1' }, { host: '0.0.0.0' }],
    ['a wildcard by an address', { host: '0.0.0.0' }, { host: '127.0.0.1' }],
    ['a wildcard of IPv6 by an address', { host: '::', ipv6Only: true }, { host: '::1' }],
  ])('is safe, for the kernel lets nobody take %s that is open', async (_name, own, foreign) => {
    const { port } = await startListener({ ...own, port: 0 });

    expect(await tryStranger({ ...foreign, port })).toBe('EADDRINUSE');
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
