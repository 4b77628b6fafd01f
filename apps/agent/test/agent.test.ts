import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentEventSchema, type AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import { createCertificate } from '@spt-flow/tunnel/testing/certificate';
import { identifyProcess } from '../src/system/proc.ts';
import { useBuiltAgent } from './support/build.ts';
import { startControlPlane, type ControlPlane } from './support/control-plane.ts';
import { createProject, type Project } from './support/project.ts';
import { exec, readChannels, sendChannel } from './support/rig.ts';
import { waitUntil } from './support/wait.ts';

const built = useBuiltAgent({ executable: true });
let controlPlane: ControlPlane;
let project: Project;
const children: ChildProcess[] = [];

beforeEach(async () => {
  controlPlane = await startControlPlane();
  project = await createProject({ 'hello.txt': 'hello' });
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await controlPlane.stop();
  await rm(project.root, { recursive: true, force: true });
});

function settings(overrides: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    SPT_FLOW_AGENT_URL: controlPlane.url,
    SPT_FLOW_AGENT_TOKEN: controlPlane.token,
    SPT_FLOW_AGENT_SERVER_KEY: controlPlane.keyId,
    SPT_FLOW_AGENT_STATE_DIR: project.state,
    SPT_FLOW_AGENT_PROJECT_DIR: project.directory,
    ...overrides,
  };
}

const NODE = [process.execPath, '--max-semi-space-size=1', '--max-old-space-size=64'];
const FORMS = [
  {
    form: 'on Node',
    program: () => [...NODE, join(built.folder, 'agent.cjs')],
    // The pages of Node's program are the control plane's too, and how many of them count is up to the kernel.
    memory: 'RssAnon',
    idleMiB: 20,
    // Its collector has no hurry with what lies outside of its heap.
    afterBulkMiB: 50,
  },
  {
    form: 'as an executable',
    program: () => [join(built.folder, 'spt-flow-agent')],
    memory: 'VmRSS',
    idleMiB: 40,
    afterBulkMiB: 50,
  },
];

function launch(argv: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['pipe', 'inherit', 'pipe'],
  });
  children.push(child);
  return child;
}

async function output(child: ChildProcess): Promise<{ code: number | null; complaint: string }> {
  const [complaint] = await Promise.all([
    child.stderr ? text(child.stderr) : '',
    once(child, 'close'),
  ]);
  return { code: child.exitCode, complaint };
}

/** By a field of its status. */
function mibOf(child: ChildProcess, field: string): number {
  const status = readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
}

async function terminalOutputBytes(tunnel: Tunnel, bytes: number): Promise<number> {
  const command = `head -c ${bytes} /dev/zero | tr "\\0" x; sleep 0.5`;
  const { out } = await readChannels(
    tunnel.open({ method: 'pty', terminalId: randomUUID(), cols: 80, rows: 24, command }),
  );
  return out.length;
}

async function untilShown(terminal: TunnelStream, text: string): Promise<void> {
  let shown = '';
  const see = (chunk: Buffer) => (shown += chunk.toString('latin1'));
  terminal.on('data', see);
  await waitUntil(() => shown.includes(text));
  terminal.off('data', see);
}

function follow(tunnel: Tunnel): AgentEvent[] {
  const events: AgentEvent[] = [];
  const stream = tunnel.open({ method: 'events' });
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) events.push(AgentEventSchema.parse(JSON.parse(line)));
  });
  return events;
}

describe.each(FORMS)('the agent $form', ({ program, memory, idleMiB, afterBulkMiB }) => {
  function start(env: Readonly<Record<string, string>> = settings()): ChildProcess {
    return launch(program(), env);
  }

  it('tells its version', async () => {
    const [file = '', ...args] = program();
    const child = spawn(file, [...args, '--version']);

    expect(await text(child.stdout)).toBe('0.1.0\n');
  });

  it('gives a command its input, and a terminal its size and exit code', async () => {
    start();
    const { tunnel } = await controlPlane.nextAgent();

    expect(await exec(tunnel, { argv: ['cat'] }, 'through')).toMatchObject({
      out: 'through',
      trailers: { exitCode: 0 },
    });
    const stream = tunnel.open({
      method: 'pty',
      terminalId: randomUUID(),
      cols: 90,
      rows: 30,
      command: 'stty size; exit 4',
    });
    expect(await readChannels(stream)).toMatchObject({
      out: '30 90\r\n',
      trailers: { exitCode: 4 },
    });
  });

  it('enrols, keeps its key to itself and serves requests', async () => {
    start();
    const { tunnel, mode } = await controlPlane.nextAgent();

    expect(mode).toBe('enrol');
    expect(await exec(tunnel, { argv: ['cat', 'hello.txt'] })).toMatchObject({
      out: 'hello',
      trailers: { exitCode: 0 },
    });
    expect((await stat(join(project.state, 'identity.json'))).mode & 0o777).toBe(0o600);
  });

  it('is bound to its TLS connection, to a server whose authority it was given', async () => {
    const identity = createCertificate();
    await controlPlane.stop();
    controlPlane = await startControlPlane({ identity, channelBinding: 'tls-exporter' });
    const caFile = join(project.root, 'ca.pem');
    await writeFile(caFile, identity.cert);
    start(
      settings({ SPT_FLOW_AGENT_CA_FILE: caFile, SPT_FLOW_AGENT_CHANNEL_BINDING: 'tls-exporter' }),
    );
    const { tunnel } = await controlPlane.nextAgent();

    expect(await exec(tunnel, { argv: ['cat', 'hello.txt'] })).toMatchObject({ out: 'hello' });
  });

  it('does not connect to a server whose authority it does not know', async () => {
    await controlPlane.stop();
    controlPlane = await startControlPlane({ identity: createCertificate() });
    start();

    await expect
      .poll(() => readFile(join(project.state, 'connection.json'), 'utf8').catch(() => ''))
      .toMatch(/self.signed/);
  });

  it('takes its settings from the standard input, and none reach its children', async () => {
    const child = launch([...program(), '--config-stdin'], { KEPT: 'yes' });
    child.stdin?.end(JSON.stringify(settings()));
    const { tunnel } = await controlPlane.nextAgent();

    const { out } = await exec(tunnel, { argv: ['env'] });

    expect(out).toContain('KEPT=yes');
    expect(out).not.toContain('SPT_FLOW_AGENT');
    expect(await readFile(`/proc/${child.pid ?? 0}/environ`, 'utf8')).not.toContain(
      controlPlane.token,
    );
  });

  it('hides its settings from its children when they came by the environment', async () => {
    start();
    const { tunnel } = await controlPlane.nextAgent();

    expect((await exec(tunnel, { argv: ['env'] })).out).not.toContain('SPT_FLOW_AGENT');
  });

  it('comes back by itself, as the same agent, after the control plane was away', async () => {
    start();
    const first = await controlPlane.nextAgent();
    await controlPlane.stop();
    await controlPlane.listen();

    const second = await controlPlane.nextAgent();

    expect(second).toMatchObject({ agentId: first.agentId, mode: 'auth' });
    expect((await exec(second.tunnel, { argv: ['true'] })).trailers).toMatchObject({ exitCode: 0 });
  });

  it('does not show its token to a control plane with another key', async () => {
    start(settings({ SPT_FLOW_AGENT_SERVER_KEY: 'A'.repeat(43) }));

    await waitUntil(() => controlPlane.refusals.length > 0);

    expect(await readFile(join(project.state, 'identity.json'), 'utf8')).not.toContain('agentId');
    expect(controlPlane.store.changes).toBe(0);
  });

  it('ends with a reason when its token is not valid', async () => {
    const { code, complaint } = await output(
      start(settings({ SPT_FLOW_AGENT_TOKEN: 'join_wrong_wrong_wrong_wrong' })),
    );

    expect([code, complaint]).toEqual([77, expect.stringContaining('token_invalid')]);
  });

  it('names the setting that is missing', async () => {
    const { code, complaint } = await output(start(settings({ SPT_FLOW_AGENT_PROJECT_DIR: '' })));

    expect([code, complaint]).toEqual([78, expect.stringContaining('SPT_FLOW_AGENT_PROJECT_DIR')]);
  });

  it('brings its processes back after it was killed, and leaves none behind', async () => {
    const first = start();
    const { tunnel } = await controlPlane.nextAgent();
    tunnel.open({
      method: 'process.start',
      name: 'app',
      command: 'echo $$ >> pids; sleep 600',
      env: {},
    });
    const pids = async () =>
      (await readFile(join(project.directory, 'pids'), 'utf8').catch(() => ''))
        .split('\n')
        .filter(Boolean);
    await waitUntil(async () => (await pids()).length === 1);
    first.kill('SIGKILL');
    await once(first, 'exit');

    const second = start();
    await controlPlane.nextAgent();
    await waitUntil(async () => (await pids()).length === 2);

    const [old = '', current = ''] = await pids();
    const isAlive = (pid: string) => identifyProcess(Number(pid)) !== undefined;
    expect([isAlive(old), isAlive(current)]).toEqual([false, true]);
    second.kill('SIGTERM');
    await once(second, 'exit');
    expect(isAlive(current)).toBe(false);
  });

  it('finds its terminals again after it was killed, with their screen', async () => {
    const first = start();
    const before = await controlPlane.nextAgent();
    const open = { method: 'pty', terminalId: randomUUID(), cols: 80, rows: 24 };
    const lost = before.tunnel.open(open);
    await lost.response;
    sendChannel(lost, 0, 'kept=of-before; clear; echo mark-$((40+2))\n');
    await untilShown(lost, 'mark-42');
    first.kill('SIGKILL');
    await once(first, 'exit');

    start();
    const { tunnel } = await controlPlane.nextAgent();
    const found = tunnel.open(open);
    await untilShown(found, 'mark-42');
    sendChannel(found, 0, 'echo $kept; exit 3\n');

    await untilShown(found, 'of-before');
    expect(await found.trailers).toMatchObject({ exitCode: 3 });
  });

  it('gets all that a terminal prints while it gets no processor time', async () => {
    const child = start();
    const { tunnel } = await controlPlane.nextAgent();

    const counted = terminalOutputBytes(tunnel, 100_000_000);
    await sleep(300);
    child.kill('SIGSTOP');
    await sleep(2_000);
    child.kill('SIGCONT');

    expect(await counted).toBe(100_000_000);
  }, 60_000);

  it('refuses a state directory that another agent uses', async () => {
    start();
    await controlPlane.nextAgent();

    const { code, complaint } = await output(start());

    expect([code, complaint]).toEqual([1, expect.stringContaining('Another agent')]);
  });

  it(`stays below ${idleMiB} MiB (${memory}) with a connection and a terminal`, async () => {
    const child = start();
    const { tunnel } = await controlPlane.nextAgent();
    const events = follow(tunnel);
    const terminal = tunnel.open({ method: 'pty', terminalId: randomUUID(), cols: 80, rows: 24 });
    await terminal.response;
    await waitUntil(() => events.some(({ type }) => type === 'heartbeat'));

    await expect.poll(() => mibOf(child, memory), { timeout: 20_000 }).toBeLessThan(idleMiB);
  });

  it(`stays below ${afterBulkMiB} MiB (${memory}) after 100 MB of terminal output`, async () => {
    const child = start();
    const { tunnel } = await controlPlane.nextAgent();

    expect(await terminalOutputBytes(tunnel, 100_000_000)).toBe(100_000_000);

    await expect.poll(() => mibOf(child, memory), { timeout: 20_000 }).toBeLessThan(afterBulkMiB);
  }, 60_000);
});
