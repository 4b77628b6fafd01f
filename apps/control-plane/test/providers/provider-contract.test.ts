import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CHANNEL_DATA } from '@spt-flow/shared/agent-protocol/requests';
import { createChannelDecoder, encodeChannel } from '@spt-flow/tunnel/channel-framing';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import { runInWorkspace } from '../../src/features/agents/index.ts';
import {
  createLocalProvider,
  createServerProvider,
  type WorkspaceProvider,
} from '../../src/features/providers/index.ts';
import { hasNodeParts } from '../../../../scripts/lib/infra/kubernetes/cluster/node.mjs';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { type AgentsServer, startAgentsServer } from '../agents/agents-server.ts';
import { builtAgent } from '../workspaces/agent-bundle.ts';
import { newCoderStage } from './coder-stage.ts';
import { newDockerStage } from './docker-stage.ts';
import { startWorkspaceCluster, type ClusterStage } from './kubernetes-cluster.ts';
import { newKubernetesStage } from './kubernetes-stage.ts';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';
import { newServerMachine } from '../workspaces/server-machine.ts';
import { newDataDirectory } from '../workspaces/workspaces-server.ts';

/** Programs are built the first time. */
const CLUSTER_TIMEOUT_MS = 900_000;

/** A provider with one workspace that it can start. */
interface Stage {
  readonly provider: WorkspaceProvider;
  readonly workspaceId: string;
  readonly projectId: string;
  /** Starts it, with another state of its files when told, and waits until its agent works. */
  start(revision?: number): Promise<void>;
  /** Does what keeps agents running on machines of others. */
  revive?(): Promise<void>;
  /** Runs a shell command in the project directory, and not through the agent. */
  outside(command: string): Promise<string>;
  close(): Promise<void>;
}

const newDatabase = useDatabases();
let database: TestDatabase;
let agents: AgentsServer;
let cluster: ClusterStage;
let stage: Stage;

beforeAll(async () => {
  database = await newDatabase();
  agents = await startAgentsServer(database.db);
});
afterAll(async () => {
  await agents.close();
});

async function newSpec(terms: { channelBinding?: 'inner-kx' } = {}) {
  const workspace = await seedWorkspace(database.db, await seedTenant(database.db));
  return {
    workspaceId: workspace.id,
    projectId: workspace.projectId,
    name: 'contract',
    settings: DEFAULT_SETTINGS,
    revision: 0,
    container: null,
    owner: { name: 'Ann', email: 'ann@example.org' },
    join: async () => ({
      url: agents.url,
      serverKey: agents.serverKey,
      token: (await agents.agents.enrolmentTokens.create(workspace, terms)).token,
    }),
  };
}

function untilOnline(workspaceId: string): Promise<void> {
  return vi.waitFor(() => expect(agents.agents.hub.isOnline(workspaceId)).toBe(true), {
    timeout: 20_000,
  });
}

async function localStage(): Promise<Stage> {
  const data = await newDataDirectory();
  const spec = await newSpec();
  const provider = await createLocalProvider({
    dataDirectory: data.path,
    installationId: randomUUID(),
    agentFile: await builtAgent(),
    nodePath: process.execPath,
    environment: process.env,
    homeDirectory: homedir(),
  });
  return {
    provider,
    workspaceId: spec.workspaceId,
    projectId: spec.projectId,
    outside: (command) =>
      onHost(command, path.join(data.path, 'workspaces', spec.workspaceId, 'project')),
    async start(revision = 0) {
      agents.agents.hub.disconnect(spec.workspaceId, 'restarted');
      await provider.start({ ...spec, revision });
      await untilOnline(spec.workspaceId);
    },
    async close() {
      await provider.reap();
      await data.remove();
    },
  };
}

async function serverStage(): Promise<Stage> {
  const machine = await newServerMachine();
  const spec = await newSpec();
  const provider = createServerProvider(agents.agents.hub);
  await machine.turnOn(await spec.join());
  await untilOnline(spec.workspaceId);
  return {
    provider,
    workspaceId: spec.workspaceId,
    projectId: spec.projectId,
    outside: (command) => onHost(command, machine.project),
    async start() {
      await provider.start(spec);
    },
    revive: () => machine.turnOn(),
    close: () => machine.remove(),
  };
}

async function dockerStage(): Promise<Stage> {
  const spec = await newSpec();
  const containers = await newDockerStage({ routeAgentUpgrade: agents.routeUpgrade });
  return {
    provider: containers.provider,
    workspaceId: spec.workspaceId,
    projectId: spec.projectId,
    outside: (command) => containers.exec(spec.workspaceId, command),
    async start(revision = 0) {
      agents.agents.hub.disconnect(spec.workspaceId, 'restarted');
      await containers.provider.start({ ...spec, revision });
      await untilOnline(spec.workspaceId);
    },
    close: () => containers.close(),
  };
}

async function kubernetesStage(): Promise<Stage> {
  const spec = await newSpec({ channelBinding: 'inner-kx' });
  const pods = await newKubernetesStage(cluster, { agents });
  return {
    provider: pods.provider,
    workspaceId: spec.workspaceId,
    projectId: spec.projectId,
    outside: (command) => pods.exec(spec.workspaceId, command),
    async start(revision = 0) {
      agents.agents.hub.disconnect(spec.workspaceId, 'restarted');
      await pods.provider.start({ ...spec, revision });
      await untilOnline(spec.workspaceId);
    },
    close: () => pods.close(),
  };
}

async function coderStage(): Promise<Stage> {
  const spec = await newSpec();
  const stage = await newCoderStage(agents);
  const settings = { ...DEFAULT_SETTINGS, coder: { template: 'box', parameters: {} } };
  return {
    provider: stage.provider,
    workspaceId: spec.workspaceId,
    projectId: spec.projectId,
    outside: (command) => onHost(command, stage.project(spec.workspaceId)),
    async start() {
      agents.agents.hub.disconnect(spec.workspaceId, 'restarted');
      await stage.provider.start({ ...spec, settings });
      await untilOnline(spec.workspaceId);
    },
    async close() {
      expect([stage.coder.violations, stage.errors]).toEqual([[], []]);
      await stage.close();
    },
  };
}

async function onHost(command: string, cwd: string): Promise<string> {
  return (await promisify(execFile)('sh', ['-c', command], { cwd })).stdout;
}

async function* streamsOf(parts: ReadonlyMap<string, Buffer>) {
  for (const [name, bytes] of parts) yield { name, archive: Readable.from([bytes]) };
}

function run(command: string) {
  return runInWorkspace(agents.agents.hub, stage.workspaceId, {
    argv: ['/bin/sh', '-c', command],
    timeoutMs: 20_000,
  });
}

/** A terminal of the workspace, and all that it printed so far. */
async function openTerminal(terminalId: string) {
  const { stream } = await agents.agents.hub.request(stage.workspaceId, {
    ...{ method: 'pty', terminalId, cols: 80, rows: 24 },
  });
  const decoder = createChannelDecoder();
  let printed = '';
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) =>
    decoder.feed(chunk, (channel, payload) => {
      if (channel === CHANNEL_DATA) printed += payload.toString();
    }),
  );
  return {
    closed: new Promise((resolve) => stream.once('close', resolve)),
    printed: () => printed,
    type: (text: string) => void stream.write(encodeChannel(CHANNEL_DATA, Buffer.from(text))),
    prints: (words: RegExp) =>
      vi.waitFor(() => expect(printed).toMatch(words), { timeout: 20_000 }),
  };
}

/** Starts a supervised process, and returns what finds it on this machine. */
async function startApp(): Promise<() => Promise<number[]>> {
  const mark = randomUUID();
  const command = `sleep 1000; : ${mark}`;
  const head = { method: 'process.start', name: 'app', command, env: {} } as const;
  const { stream } = await agents.agents.hub.request(stage.workspaceId, head);
  stream.resume();
  return () => processesWith(mark);
}

async function processesWith(words: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => lines[index]?.includes(words));
}

const STAGES = [
  { name: 'local', createStage: localStage },
  { name: 'server', createStage: serverStage },
  { name: 'docker', createStage: dockerStage },
  { name: 'coder', createStage: coderStage },
  ...(hasNodeParts() ? [{ name: 'kubernetes', createStage: kubernetesStage }] : []),
];

describe.each(STAGES)('the provider "$name"', ({ name, createStage }) => {
  if (name === 'kubernetes') {
    beforeAll(async () => {
      cluster = await startWorkspaceCluster();
    }, CLUSTER_TIMEOUT_MS);
    afterAll(() => cluster.stop());
  }
  beforeEach(async () => {
    stage = await createStage();
  });
  afterEach(() => stage.close());

  it('says what it would do and what owners should know', () => {
    expect(stage.provider.plan('contract')[0]).toContain('contract');
    expect(stage.provider.warnings).toBeInstanceOf(Array);
    expect(stage.provider.logs(stage.workspaceId)).toBeInstanceOf(Array);
  });

  it('starts a workspace whose agent works in its project directory', async () => {
    await stage.start();

    expect(await stage.provider.inspect(stage.workspaceId)).toBe('running');
    expect((await run('echo here > file; cat file')).stdout.toString()).toBe('here\n');
    expect(await stage.outside('cat file')).toBe('here\n');
  });

  it('ends on stop what runs, and lets nothing begin', async () => {
    await stage.start();
    const app = await startApp();
    const mark = randomUUID();
    const command = run(`sleep 1000; : ${mark}`).catch((error: unknown) => error);
    await vi.waitFor(async () => expect(await processesWith(mark)).not.toEqual([]));
    expect(await app()).not.toEqual([]);

    await stage.provider.stop(stage.workspaceId, { graceMs: 100 });

    expect(await stage.provider.inspect(stage.workspaceId)).toBe('absent');
    expect(await app()).toEqual([]);
    expect(await command).toBeInstanceOf(Error);
    await vi.waitFor(async () => expect(await processesWith(mark)).toEqual([]));
    await expect(run('true')).rejects.toThrow();
  });

  it('starts again with the files and what ran, however often it was stopped', async () => {
    await stage.start();
    const app = await startApp();
    await stage.outside('printf mine > mine.txt');
    await stage.provider.stop(stage.workspaceId, { graceMs: 100 });
    await stage.provider.stop(stage.workspaceId, { graceMs: 100 });

    await stage.start();
    await stage.start();

    expect(await stage.provider.inspect(stage.workspaceId)).toBe('running');
    expect((await run('cat mine.txt')).stdout.toString()).toBe('mine');
    await vi.waitFor(async () => expect(await app()).not.toEqual([]), { timeout: 10_000 });
  });

  it('keeps its terminals when the agent is killed, with the screen of what runs in them', async () => {
    await stage.start();
    const app = await startApp();
    await vi.waitFor(async () => expect(await app()).not.toEqual([]));
    const terminalId = randomUUID();
    const lost = await openTerminal(terminalId);
    const draw = `printf '\\033[?1049h\\033[2J\\033[5;9Hdrawn-%s' $((40+2))`;
    lost.type(`${draw}; read key; printf '\\033[?1049l'; echo got-$key\r`);
    await lost.prints(/drawn-42/);
    const before = await app();

    await run('kill -KILL $PPID').catch(() => undefined);
    await lost.closed;
    await stage.revive?.();
    await untilOnline(stage.workspaceId);

    const found = await openTerminal(terminalId);
    await found.prints(/drawn-42/);
    expect(found.printed()).toContain('\x1b[?1049h');
    expect(await stage.provider.inspect(stage.workspaceId)).toBe('running');
    found.type('x\r');
    await found.prints(/got-x/);
    // Shells leave signals alone that whoever started the agent ignores, Ctrl-C among them.
    found.type('grep SigIgn /proc/self/status | cat\r');
    await found.prints(/SigIgn:\s0+\r/);
    await vi.waitFor(
      async () => {
        const now = await app();
        expect([now.length > 0, now.filter((pid) => before.includes(pid))]).toEqual([true, []]);
      },
      { timeout: 20_000 },
    );
  });

  it('deletes it, and does so again without a complaint', async () => {
    await stage.start();
    const present = async () => (await stage.provider.present?.())?.has(stage.workspaceId);
    if (stage.provider.present) expect(await present()).toBe(true);

    await stage.provider.delete(stage.workspaceId);
    await vi.waitFor(
      async () => expect(await stage.provider.inspect(stage.workspaceId)).not.toBe('running'),
      { timeout: 10_000 },
    );
    await stage.provider.delete(stage.workspaceId);
    if (stage.provider.present) expect(await present()).toBe(false);

    await vi.waitFor(() => expect(run('true')).rejects.toMatchObject({ code: 'agent_offline' }), {
      timeout: 10_000,
    });
  });

  it('copies the files of one that runs, and fills another state with them', async () => {
    const { copies } = stage.provider;
    if (!copies) return;
    const { workspaceId, projectId } = stage;
    const { size } = DEFAULT_SETTINGS;
    const files = { workspaceId, projectId, revision: 0, size, user: '1000:1000' };
    await stage.start();
    await run(
      'mkdir -p a/b; echo before > a/b/file; ln -s a/b/file link; chmod 500 a/b; echo hi > ~/note',
    );
    const parts = new Map<string, Buffer>();

    await copies.read(
      files,
      async ({ name, archive }) => void parts.set(name, await buffer(archive)),
    );
    await run('rm link; chmod 700 a/b; echo after > a/b/file; echo mine > a/new; echo ho > ~/note');
    await copies.write({ ...files, revision: 1 }, streamsOf(parts));
    expect((await run('cat a/b/file ~/note')).stdout.toString()).toBe('after\nho\n');
    await stage.start(1);

    expect(
      (await run('cat link ~/note; ls a; test -w a/b && echo writable')).stdout.toString(),
    ).toBe('before\nhi\nb\n');
    await copies.keepOnly({ ...files, revision: 1 });
    await stage.start(0);
    expect((await run('ls; cat ~/note 2>&1')).stdout.toString()).not.toMatch(/link|^ho$/m);
  });

  it('knows nothing of a workspace that it never started', async () => {
    expect(await stage.provider.inspect(randomUUID())).not.toBe('running');
    expect(await stage.provider.reap()).toBeTypeOf('number');
  });
});
