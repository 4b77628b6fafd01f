import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestServer, type TestServer } from '@spt-flow/db/testing/test-database';
import type { DatabaseConnection } from '@spt-flow/db/client';
import { auditLog } from '@spt-flow/db/schema';
import { TransitionSchema, WorkspaceSchema } from '@spt-flow/shared/api/workspaces';
import { findMarked } from '../../src/features/workspaces/providers/local/leftovers.ts';
import { seedTenant, type Tenant } from './seed.ts';
import {
  newDataDirectory,
  startWorkspacesServer,
  type WorkspacesServer,
} from './workspaces-server.ts';

const run = promisify(execFile);

let postgres: TestServer;
let database: DatabaseConnection;
let server: WorkspacesServer;
let tenant: Tenant;
let installationId: string;
let data: Awaited<ReturnType<typeof newDataDirectory>>;

beforeAll(async () => {
  postgres = await startTestServer();
}, 60_000);
afterAll(() => postgres.stop());
beforeEach(async () => {
  database = await postgres.createDatabase();
  tenant = await seedTenant(database.db);
  installationId = randomUUID();
  data = await newDataDirectory();
  server = await restart();
}, 60_000);
afterEach(async () => {
  await server.close();
  expect(await findMarked({ SPT_FLOW_INSTALLATION_ID: installationId })).toEqual([]);
  await data.remove();
  await database.close();
});

async function restart(
  limits?: Parameters<typeof startWorkspacesServer>[0]['limits'],
): Promise<WorkspacesServer> {
  const started = await startWorkspacesServer({
    db: database.db,
    installationId,
    dataDirectory: data.path,
    ...(limits && { limits }),
  });
  await started.workspaces.boot();
  return started;
}

async function running(options?: Parameters<WorkspacesServer['create']>[1]): Promise<string> {
  const id = await server.create(tenant, options);
  await server.workspaces.service.ensureReady(id, { correlationId: 'test' });
  return id;
}

function exec(id: string, command: string) {
  return server.workspaces.content.exec(id, { command, timeoutSeconds: 20, correlationId: 'test' });
}

function project(id: string): string {
  return path.join(data.path, 'workspaces', id, 'project');
}

/** The process of the agent itself, as this machine sees it. */
async function agentPid(id: string): Promise<number> {
  for (const pid of await findMarked({ SPT_FLOW_WORKSPACE_ID: id })) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.startsWith(process.execPath) && command.includes('--config-stdin')) return pid;
  }
  throw new Error('no agent');
}

describe('a start', () => {
  it('ends with a connected agent, an empty repository, and a timeline of its steps', async () => {
    const id = await running({ name: 'cafe' });

    const { service } = server.workspaces;
    const workspace = await service.get(tenant.principal, 'cafe');
    expect(WorkspaceSchema.parse(workspace)).toMatchObject({
      id,
      actualState: 'running',
      failure: null,
      warnings: [],
      ownerName: 'Dana Developer',
      agent: { online: true, version: expect.any(String) },
    });
    expect((await exec(id, 'git symbolic-ref HEAD; pwd; ls -A')).stdout).toBe(
      'refs/heads/main\n/workspace\n.git\n',
    );
    await vi.waitFor(async () => {
      const { items } = await service.timeline(tenant.principal, 'cafe', { limit: 10 });
      expect(
        items
          .map((item) => TransitionSchema.parse(item))
          .map(({ kind, state, steps }) => [
            kind,
            state,
            steps.map((step) => `${step.name} ${step.state}`),
          ]),
      ).toEqual([
        ['start', 'done', ['queue done', 'create done', 'agent done', 'init done', 'ready done']],
      ]);
    });
    expect(await server.logTexts(id, 'start')).toEqual([
      expect.stringMatching(/^Ready after \d+\.\d s$/),
    ]);
  });

  it('tells live what happens, in order', async () => {
    const id = await running();
    await server.workspaces.service.settled(id);

    const states = server.events.flatMap(({ event }) =>
      event.type === 'workspace.changed' ? [event.workspace.actualState] : [],
    );
    expect([...new Set(states)]).toEqual(['starting', 'running']);
    expect(new Set(server.events.map(({ topic }) => topic))).toEqual(
      new Set([`organization:${tenant.organizationId}`]),
    );
    const last = server.events.findLast(({ event }) => event.type === 'transition.changed')?.event;
    expect(last).toMatchObject({ workspaceId: id, transition: { state: 'done' } });
  });

  it('reports what the agent says about itself', async () => {
    const id = await running();

    await vi.waitFor(
      async () => {
        const { agent } = await server.workspaces.service.get(tenant.principal, id);
        expect(agent.rssBytes).toBeGreaterThan(1024 * 1024);
      },
      { timeout: 15_000 },
    );
  });

  it('gives each workspace a name of its own and a port of its own', async () => {
    const ids = await Promise.all([running({ name: 'one' }), running({ name: 'two' })]);
    const ports = await Promise.all(ids.map(async (id) => (await server.row(id)).appPort));
    expect(new Set(ports).size).toBe(2);

    await expect(server.create(tenant, { name: 'one' })).rejects.toMatchObject({
      code: 'name_taken',
    });
    const other = await seedTenant(database.db);
    await expect(server.create(other, { name: 'one' })).resolves.toBeTypeOf('string');
  });

  it('uses the history that a seed hook brings instead of an empty repository', async () => {
    server.workspaces.registerSeedHook(async (workspace) => {
      await exec(workspace.id, 'git init -q -b main && echo kept > kept.txt');
      return true;
    });

    const id = await running();

    expect(await readFile(path.join(project(id), 'kept.txt'), 'utf8')).toBe('kept\n');
  });

  it('runs ready hooks each time, and goes on when one fails', async () => {
    const ready: string[] = [];
    server.workspaces.registerReadyHook(async () => {
      throw new Error('the app does not start');
    });
    server.workspaces.registerReadyHook(
      async (workspace) => void ready.push((await exec(workspace.id, 'echo $HOME')).stdout),
    );

    const id = await running();
    await vi.waitFor(() => expect(ready).toEqual(['/home/dev\n']));
    await server.workspaces.service.stop(tenant.principal, id, 'test');
    await server.untilState(id, 'stopped');
    await server.workspaces.service.start(tenant.principal, id, 'test');

    await vi.waitFor(() => expect(ready).toHaveLength(2), { timeout: 10_000 });
    expect(await server.logTexts(id, 'start')).toContain('the app does not start');
  });

  it('moves the app to another port when something else took it meanwhile', async () => {
    const id = await running();
    await server.workspaces.service.stop(tenant.principal, id, 'test');
    await server.untilState(id, 'stopped');
    const { appPort } = await server.row(id);
    const thief = await listenOn(appPort);

    await server.workspaces.service.ensureReady(id, { correlationId: 'test' });

    expect((await server.row(id)).appPort).not.toBe(appPort);
    thief.close();
  });

  it('that takes too long fails with the reason, leaves nothing running, and can be repeated', async () => {
    await server.close();
    server = await restart({ deadlineSeconds: { start: 0.01 }, firstRetryMs: 1 });
    const id = await server.create(tenant);

    await server.untilState(id, 'failed');
    await expect(
      server.workspaces.service.ensureReady(id, { correlationId: 'x' }),
    ).rejects.toMatchObject({ code: 'workspace_start_failed' });

    expect((await server.row(id)).failure).toMatch(/not done within 0.01 seconds/);
    await server.close();
    server = await restart();
    await server.untilState(id, 'running');
  });
});

describe('stop, start and delete', () => {
  it('keep the files over stop and start, and end all processes meanwhile', async () => {
    const id = await running();
    await exec(
      id,
      'echo mine > mine.txt; echo home > ~/home.txt; setsid sleep 1000 >/dev/null 2>&1 &',
    );

    await server.workspaces.service.stop(tenant.principal, id, 'test');
    await server.untilState(id, 'stopped');
    expect(await findMarked({ SPT_FLOW_WORKSPACE_ID: id })).toEqual([]);
    await expect(
      server.workspaces.service.requireRunning(tenant.principal, id, { correlationId: 'x' }),
    ).rejects.toMatchObject({ code: 'workspace_stopped' });

    await server.workspaces.service.start(tenant.principal, id, 'test');
    await server.workspaces.service.ensureReady(id, { correlationId: 'test' });
    expect((await exec(id, 'cat mine.txt ~/home.txt')).stdout).toBe('mine\nhome\n');
    await vi.waitFor(async () =>
      expect((await server.transitions(id)).map(({ kind, state }) => `${kind} ${state}`)).toEqual([
        'start done',
        'stop done',
        'start done',
      ]),
    );
  });

  it('stop cancels a start that still runs', async () => {
    const silent = await listenSilently();
    const id = await server.create(tenant, {
      repositoryUrl: `git://127.0.0.1:${portOf(silent)}/x.git`,
    });
    await vi.waitFor(
      async () => expect((await server.transitions(id))[0]?.steps.at(-1)?.name).toBe('clone'),
      { timeout: 10_000 },
    );

    await server.workspaces.service.stop(tenant.principal, id, 'test');
    await server.untilState(id, 'stopped');

    const [start] = await server.transitions(id);
    expect(start).toMatchObject({
      kind: 'start',
      state: 'failed',
      failure: 'Dana Developer asked to stop it',
    });
    expect(await findMarked({ SPT_FLOW_WORKSPACE_ID: id })).toEqual([]);
    silent.close();
  });

  it('delete removes processes, files and the right to connect, and frees the name', async () => {
    const id = await running({ name: 'short-lived' });

    await server.workspaces.service.remove(tenant.principal, id, 'test');
    await server.workspaces.service.settled(id);

    await expect(server.workspaces.service.get(tenant.principal, id)).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(stat(path.join(data.path, 'workspaces', id))).rejects.toThrow('ENOENT');
    expect(await findMarked({ SPT_FLOW_WORKSPACE_ID: id })).toEqual([]);
    await expect(server.create(tenant, { name: 'short-lived' })).resolves.toBeTypeOf('string');
  });

  it('refuse to start what is being deleted', async () => {
    const id = await running();
    const { service } = server.workspaces;
    await service.remove(tenant.principal, id, 'test');

    await expect(service.start(tenant.principal, id, 'test')).rejects.toMatchObject({
      code: expect.stringMatching(/workspace_busy|not_found/),
    });
  });

  it('are recorded with who asked', async () => {
    const id = await running();
    await server.workspaces.service.stop(tenant.principal, id, 'stop-request');

    const rows = await database.db.select().from(auditLog);
    expect(rows.find(({ action }) => action === 'workspace.stop')).toMatchObject({
      target: id,
      principal: `user:${tenant.userId}`,
      correlationId: 'stop-request',
      organizationId: tenant.organizationId,
    });
    expect(rows.map(({ action }) => action)).toContain('workspace.create');
  });
});

describe('faults', () => {
  it('a killed agent is started again, with the files intact', async () => {
    const id = await running();
    await exec(id, 'echo mine > mine.txt');
    const before = await agentPid(id);

    process.kill(before, 'SIGKILL');

    await vi.waitFor(async () => expect(await agentPid(id)).not.toBe(before), { timeout: 10_000 });
    await server.workspaces.service.ensureReady(id, { correlationId: 'test' });
    expect((await exec(id, 'cat mine.txt')).stdout).toBe('mine\n');
    const [, second] = await server.transitions(id);
    expect(second).toMatchObject({
      kind: 'start',
      reason: expect.stringMatching(/^The agent (was ended by SIGKILL|ended with exit code)/),
    });
  });

  it('an agent that can never start is given up after a few attempts', async () => {
    await server.close();
    server = await restart({ firstRetryMs: 1 });
    const id = await running();
    await server.workspaces.service.stop(tenant.principal, id, 'test');
    await server.untilState(id, 'stopped');
    await rm(path.join(data.path, 'workspaces', id, 'state'), { recursive: true });
    await writeFile(path.join(data.path, 'workspaces', id, 'state'), 'not a directory');

    await expect(
      server.workspaces.service.ensureReady(id, { correlationId: 'x' }),
    ).rejects.toThrow();

    const attempts = (await server.transitions(id)).filter(
      ({ kind, state }) => kind === 'start' && state === 'failed',
    );
    expect(attempts.length).toBeGreaterThan(2);
    expect(attempts.length).toBeLessThan(8);
    expect(attempts.at(-1)?.reason).toContain(`(attempt ${attempts.length})`);
  });

  it('a killed control plane: its left-overs are ended, open transitions closed, and what should run runs again', async () => {
    const idle = await running();
    await exec(idle, 'echo mine > mine.txt; setsid sleep 1000 >/dev/null 2>&1 &');
    const silent = await listenSilently();
    const cloning = await server.create(tenant, {
      repositoryUrl: `git://127.0.0.1:${portOf(silent)}/x.git`,
    });
    await vi.waitFor(
      async () => expect((await server.transitions(cloning))[0]?.steps.at(-1)?.name).toBe('clone'),
      { timeout: 10_000 },
    );
    const before = await findMarked({ SPT_FLOW_INSTALLATION_ID: installationId });
    const abandoned = server;

    server = await restart();

    const [first] = await server.transitions(cloning);
    expect(first).toMatchObject({ state: 'failed', failure: 'The control plane restarted' });
    await server.untilState(idle, 'running');
    const after = await findMarked({ SPT_FLOW_INSTALLATION_ID: installationId });
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    expect((await exec(idle, 'cat mine.txt')).stdout).toBe('mine\n');
    silent.close();
    await abandoned.abandon();
  });

  it('a stopped workspace stays stopped over a restart of the control plane; one that ran runs again', async () => {
    const [stopped, ran] = [await running(), await running()];
    await server.workspaces.service.stop(tenant.principal, stopped, 'test');
    await server.untilState(stopped, 'stopped');
    await server.close();
    expect(await findMarked({ SPT_FLOW_INSTALLATION_ID: installationId })).toEqual([]);

    server = await restart();
    await server.untilState(ran, 'running');

    expect((await server.row(stopped)).actualState).toBe('stopped');
    expect((await server.transitions(ran)).at(-1)).toMatchObject({
      kind: 'start',
      reason: 'The control plane restarted',
    });
  });

  it('an agent that stays away is replaced', async () => {
    await server.close();
    server = await restart({ absenceMs: 50 });
    const id = await running();
    const before = await agentPid(id);
    process.kill(before, 'SIGSTOP');

    server.agentsServer.agents.hub.disconnect(id, 'network lost');

    await vi.waitFor(async () => expect(await agentPid(id)).not.toBe(before), { timeout: 10_000 });
    await server.untilState(id, 'running');
  });
});

describe('clone', () => {
  let directory: string;
  let daemon: ChildProcess;
  let daemonPort: number;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'spt-git-'));
    daemonPort = await freePort();
    await makeRepository(path.join(directory, 'guestbook.git'));
    daemon = spawn(
      'git',
      [
        'daemon',
        '--export-all',
        '--reuseaddr',
        `--base-path=${directory}`,
        '--listen=127.0.0.1',
        `--port=${daemonPort}`,
      ],
      { stdio: 'ignore' },
    );
    await vi.waitFor(
      async () => run('git', ['ls-remote', `git://127.0.0.1:${daemonPort}/guestbook.git`]),
      { timeout: 10_000 },
    );
  });
  afterEach(async () => {
    daemon.kill('SIGTERM');
    await once(daemon, 'exit');
    await rm(directory, { recursive: true, force: true });
  });

  it('brings the repository with its history and tells its progress', async () => {
    const id = await running({ repositoryUrl: `git://127.0.0.1:${daemonPort}/guestbook.git` });

    expect(
      (await exec(id, 'git log --format=%s; cat README.md; git remote get-url origin')).stdout,
    ).toBe(`second\nfirst\n# Guestbook\ngit://127.0.0.1:${daemonPort}/guestbook.git\n`);
    const log = await server.logTexts(id, 'start');
    expect(log[0]).toBe("Cloning into '.'...");
    expect(log.some((line) => /^Receiving objects: 100%/.test(line))).toBe(true);
    expect((await server.transitions(id))[0]?.steps.map(({ name }) => name)).toContain('clone');
  });

  it("that fails says git's own last words; a repeated start works once the cause is gone", async () => {
    const repositoryUrl = `git://127.0.0.1:${daemonPort}/missing.git`;
    const id = await server.create(tenant, { repositoryUrl });
    await expect(
      server.workspaces.service.ensureReady(id, { correlationId: 'x' }),
    ).rejects.toMatchObject({ code: 'clone_failed' });

    expect((await server.row(id)).failure).toMatch(
      /^fatal: .*(access denied|not exported|Could not read from remote)/,
    );
    expect(await findMarked({ SPT_FLOW_WORKSPACE_ID: id })).toEqual([]);
    expect(await server.transitions(id)).toHaveLength(1);

    await makeRepository(path.join(directory, 'missing.git'));
    await server.workspaces.service.start(tenant.principal, id, 'again');
    await server.workspaces.service.ensureReady(id, { correlationId: 'x' });
    expect(await readdir(project(id))).toContain('README.md');
  });

  it('from a host that never answers is given up', async () => {
    await server.close();
    server = await restart({ cloneIdleMs: 300 });
    const silent = await listenSilently();
    const id = await server.create(tenant, {
      repositoryUrl: `git://127.0.0.1:${portOf(silent)}/x.git`,
    });

    await expect(
      server.workspaces.service.ensureReady(id, { correlationId: 'x' }),
    ).rejects.toMatchObject({ code: 'clone_failed' });

    expect((await server.row(id)).failure).toBe('The host of the repository does not answer');
    silent.close();
  });

  it.each([
    '--upload-pack=touch /workspace/owned',
    '/etc',
    'file:///etc',
    'ext::sh -c "touch owned"',
    'git@-oProxyCommand=x:y',
  ])('refuses %s without running git', async (repositoryUrl) => {
    const id = await server.create(tenant, { repositoryUrl });

    await expect(
      server.workspaces.service.ensureReady(id, { correlationId: 'x' }),
    ).rejects.toMatchObject({ code: 'repository_url_not_permitted' });
    expect(await readdir(project(id))).toEqual([]);
  });
});

describe('content', () => {
  it('lists files without what git ignores, and reads text, binary and nothing outside', async () => {
    const id = await running();
    await exec(
      id,
      "echo 'node_modules' > .gitignore; mkdir node_modules; echo x > node_modules/x; echo 'hello' > a.txt; printf '\\000\\001' > b.bin; ln -s /etc/passwd link",
    );
    const { content } = server.workspaces;

    const { items, truncated } = await content.files(id, 'test');
    expect([items.map(({ path: name }) => name), truncated]).toEqual([
      ['.gitignore', 'a.txt', 'b.bin', 'link'],
      false,
    ]);
    expect(await content.file(id, 'a.txt', 'test')).toMatchObject({
      text: 'hello\n',
      size: 6,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await content.file(id, 'b.bin', 'test')).toMatchObject({ text: null, size: 2 });
    await expect(content.file(id, 'missing', 'test')).rejects.toMatchObject({ code: 'not_found' });
    await expect(content.file(id, '../home/.gitconfig', 'test')).rejects.toMatchObject({
      code: 'path_not_permitted',
    });
    await expect(content.file(id, 'link', 'test')).rejects.toMatchObject({
      code: 'path_not_permitted',
    });
    await exec(id, 'head -c 2000000 /dev/zero > big');
    await expect(content.file(id, 'big', 'test')).rejects.toMatchObject({ code: 'body_too_large' });
  });

  it('runs commands with their exit code, bounded output and a time limit', async () => {
    const id = await running();

    expect(await exec(id, 'echo out; echo err >&2; exit 3')).toEqual({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      truncated: false,
    });
    const flood = await exec(id, 'yes | head -c 3000000');
    expect([flood.stdout.length, flood.truncated]).toEqual([1024 * 1024, true]);
    await expect(
      server.workspaces.content.exec(id, {
        command: 'sleep 100',
        timeoutSeconds: 1,
        correlationId: 'x',
      }),
    ).rejects.toMatchObject({ code: 'agent_timeout' });
  });
});

it("another organization's workspaces are not found, by name or by id", async () => {
  const id = await running({ name: 'private' });
  const { principal } = await seedTenant(database.db);
  const { service } = server.workspaces;

  for (const handle of [id, 'private']) {
    await expect(service.get(principal, handle)).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.stop(principal, handle, 'x')).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.remove(principal, handle, 'x')).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(service.timeline(principal, handle, { limit: 1 })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(
      service.requireRunning(principal, handle, { correlationId: 'x' }),
    ).rejects.toMatchObject({ code: 'not_found' });
  }
  expect((await service.list(principal, { limit: 10 })).items).toEqual([]);
  expect((await server.row(id)).desiredState).toBe('running');
});

async function makeRepository(directory: string): Promise<void> {
  const work = await mkdtemp(path.join(tmpdir(), 'spt-git-work-'));
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: work });
  await git('init', '-q', '-b', 'main');
  await git('commit', '-q', '--allow-empty', '-m', 'first');
  await writeFile(path.join(work, 'README.md'), '# Guestbook\n');
  await git('add', '.');
  await git('commit', '-q', '-m', 'second');
  await mkdir(directory, { recursive: true });
  await git('clone', '-q', '--bare', work, directory);
  await rm(work, { recursive: true, force: true });
}

async function listenOn(port: number): Promise<Server> {
  const listener = createServer().listen(port, '127.0.0.1');
  await once(listener, 'listening');
  return listener;
}

/** Takes connections and never says a word. */
async function listenSilently(): Promise<Server> {
  const listener = createServer((socket) => socket.on('error', () => undefined)).listen(
    0,
    '127.0.0.1',
  );
  await once(listener, 'listening');
  return listener;
}

function portOf(listener: Server): number {
  return (listener.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const listener = await listenSilently();
  const port = portOf(listener);
  listener.close();
  await once(listener, 'close');
  return port;
}
