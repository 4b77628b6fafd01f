import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryDirectories } from '@spt-flow/config/agent-memory';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import { createLocalProvider, type WorkspaceProvider } from '../../src/features/providers/index.ts';
import { findMarked } from '../../src/features/providers/local/leftovers.ts';

/** Stands in for the agent: does what the test writes to its project directory, as a process of the workspace. */
const SCRIPT_AGENT = `
const { readFileSync, writeFileSync } = require('node:fs');
const { execSync } = require('node:child_process');
const config = JSON.parse(readFileSync(0, 'utf8'));
const project = config.SPT_FLOW_AGENT_PROJECT_DIR;
writeFileSync(project + '/config.json', JSON.stringify({ config, argv: process.argv, env: process.env }));
if (config.SPT_FLOW_AGENT_TOKEN === 'fail') { console.error('no such token'); process.exit(3); }
let output = '';
try { output = execSync(readFileSync(project + '/command', 'utf8'), { stdio: ['ignore', 'pipe', 'pipe'], shell: '/bin/bash' }).toString(); }
catch (error) { output = String(error.stdout) + String(error.stderr); }
writeFileSync(project + '/output.partial', output);
require('node:fs').renameSync(project + '/output.partial', project + '/output');
setInterval(() => undefined, 1000);
`;

let directory: string;
let dataDirectory: string;
let installationId: string;
let provider: WorkspaceProvider;
let workspaceId: string;
const HOST_SECRET = 'host-environment-secret';

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'spt-local-'));
  dataDirectory = path.join(directory, 'data');
  installationId = randomUUID();
  workspaceId = randomUUID();
  await mkdir(path.join(directory, 'dist'));
  await mkdir(dataDirectory);
  await writeFile(path.join(dataDirectory, 'secret.key'), 'top secret');
  await writeFile(path.join(directory, 'dist', 'agent.cjs'), SCRIPT_AGENT);
  provider = await create();
});
afterEach(async () => {
  await provider.reap();
  await rm(directory, { recursive: true, force: true });
});

function create(sandboxProgram?: string): Promise<WorkspaceProvider> {
  return createLocalProvider({
    dataDirectory,
    installationId,
    agentFile: path.join(directory, 'dist', 'agent.cjs'),
    nodePath: process.execPath,
    environment: {
      ...process.env,
      SPT_FLOW_SECRET_KEY: HOST_SECRET,
      ANTHROPIC_API_KEY: HOST_SECRET,
    },
    homeDirectory: homedir(),
    ...(sandboxProgram && { sandboxProgram }),
  });
}

function spec(options: { token?: string; id?: string } = {}) {
  return {
    workspaceId: options.id ?? workspaceId,
    projectId: randomUUID(),
    name: 'cafe',
    settings: DEFAULT_SETTINGS,
    revision: 0,
    container: null,
    owner: { name: 'Dana "D" Developer', email: 'dana@example.org' },
    join: async () => ({
      url: 'http://127.0.0.1:1',
      serverKey: 'x'.repeat(43),
      token: options.token ?? 'join-token',
    }),
  };
}

function project(id = workspaceId): string {
  return path.join(dataDirectory, 'workspaces', id, 'project');
}

/** Starts the workspace with a command and returns what it printed. */
async function inside(command: string): Promise<string> {
  await mkdir(project(), { recursive: true });
  await rm(path.join(project(), 'output'), { force: true });
  await writeFile(path.join(project(), 'command'), command);
  await provider.start(spec());
  return vi.waitFor(() => readFile(path.join(project(), 'output'), 'utf8'), {
    timeout: 20_000,
    interval: 20,
  });
}

describe('a sandboxed workspace', () => {
  it('starts without a warning where bubblewrap works', async () => {
    expect((await provider.start(spec())).warnings).toEqual([]);
    expect(await provider.inspect(workspaceId)).toBe('running');
  });

  it("reaches neither the data directory, nor another workspace, nor the host's home", async () => {
    const other = path.join(dataDirectory, 'workspaces', randomUUID());
    await mkdir(other, { recursive: true });
    await writeFile(path.join(other, 'private.txt'), 'private');
    const secrets = [
      dataDirectory,
      path.join(dataDirectory, 'secret.key'),
      path.join(other, 'private.txt'),
      other,
      directory,
      path.join(homedir(), '.ssh'),
      path.join(homedir(), '.npmrc'),
      path.join(homedir(), '.config'),
      '/etc/shadow',
      '/etc/ssl/private',
    ];

    const output = await inside(
      secrets.map((file) => `ls -d '${file}' 2>/dev/null || echo "unreachable"`).join('\n'),
    );

    expect(output.trim().split('\n')).toEqual(secrets.map(() => 'unreachable'));
  });

  it('inherits nothing of the environment but named variables', async () => {
    const output = await inside('env | cut -d= -f1 | sort; cat /proc/*/environ | tr "\\0" "\\n"');

    expect(output).not.toContain(HOST_SECRET);
    expect(output).toContain('SPT_FLOW_WORKSPACE_ID');
    expect(output).not.toContain('ANTHROPIC_API_KEY');
  });

  it('sees no process outside of itself, and can signal none', async () => {
    const output = await inside(`ls /proc | grep -c '^[0-9]'; kill -0 ${process.pid} 2>&1`);

    expect(Number(output.split('\n')[0])).toBeLessThan(12);
    expect(output).toMatch(/No such process/);
  });

  it('runs as an unprivileged user with a name, a home and a host name', async () => {
    const output = await inside(
      'id -un; id -u; hostname; echo $HOME; pwd; grep CapEff /proc/self/status; git config user.name',
    );

    expect(output.trim().split('\n')).toEqual([
      'dev',
      '1000',
      'cafe',
      '/home/dev',
      '/workspace',
      'CapEff:\t0000000000000000',
      'Dana  D  Developer',
    ]);
  });

  it('greets nobody in the login shell, prompts with the name and the directory, and keeps the PATH', async () => {
    const output = await inside(
      `bash -lic 'echo "\${PS1@P}"; cd /tmp; echo "\${PS1@P}"; echo "$PATH"' 2>/dev/null; echo "$PATH"`,
    );

    const [first, second, loginPath, path] = output.split('\n');
    expect([first, second]).toEqual(['cafe:/workspace$ ', 'cafe:/tmp$ ']);
    expect(loginPath).toBe(path);
  });

  it('keeps what is typed in the history of its home', async () => {
    await inside("printf 'echo typed-once\\nexit\\n' | bash -li 2>/dev/null");
    const home = path.join(dataDirectory, 'workspaces', workspaceId, 'home');

    expect(await readFile(path.join(home, '.bash_history'), 'utf8')).toContain('echo typed-once\n');
  });

  it('leaves the configuration of the shell as its owner changed it', async () => {
    await inside("echo 'PS1=mine' > ~/.bashrc; true");

    expect(await inside(`bash -lic 'echo "$PS1"' 2>/dev/null`)).toBe('mine\n');
  });

  it('finds its own host name', async () => {
    expect(await inside('getent hosts cafe')).toMatch(/^127\.0\.1\.1\s+cafe$/m);
  });

  it('writes to its project, home and /tmp, and to nothing of the system', async () => {
    const places = [
      '/workspace/a',
      '/home/dev/a',
      '/tmp/a',
      '/usr/a',
      '/etc/a',
      '/run/spt-flow/agent/a',
      '/opt/a',
    ];

    const output = await inside(
      places.map((file) => `(echo x > ${file}) 2>/dev/null && echo yes || echo no`).join('\n'),
    );

    expect(output.trim().split('\n').slice(0, 4)).toEqual(['yes', 'yes', 'yes', 'no']);
    await expect(stat('/usr/a')).rejects.toThrow('ENOENT');
    await expect(stat('/etc/a')).rejects.toThrow('ENOENT');
    await expect(stat('/opt/a')).rejects.toThrow('ENOENT');
    await expect(stat(path.join(directory, 'dist', 'a'))).rejects.toThrow('ENOENT');
  });

  it('hides the data directory also where it lies inside a directory that is shown', async () => {
    await provider.reap();
    provider = await createLocalProvider({
      dataDirectory,
      installationId,
      agentFile: path.join(directory, 'dist', 'agent.cjs'),
      nodePath: process.execPath,
      environment: { PATH: `${directory}:/usr/bin:/bin` },
      homeDirectory: homedir(),
    });

    const output = await inside(
      `ls ${directory}; ls ${dataDirectory} | wc -l; cat ${dataDirectory}/secret.key 2>&1`,
    );

    expect(output).toMatch(/^data\ndist\n0\n/);
    expect(output).not.toContain('top secret');
  });

  it("finds the host's tools: node, npm, git, python and go answer where the host has them", async () => {
    const tools = [
      'node --version',
      'npm --version',
      'git --version',
      'python3 --version',
      'go version',
    ];
    const onHost = await Promise.all(tools.map(runsOnHost));

    const output = await inside(
      tools.map((tool) => `${tool} >/dev/null 2>&1 && echo true || echo false`).join('\n'),
    );

    expect(output.trim().split('\n')).toEqual(onHost.map(String));
  });

  it('gives the join token over standard input only', async () => {
    await inside('true');

    const { config, argv, env } = JSON.parse(
      await readFile(path.join(project(), 'config.json'), 'utf8'),
    );
    expect(config).toMatchObject({
      SPT_FLOW_AGENT_TOKEN: 'join-token',
      SPT_FLOW_AGENT_PROJECT_DIR: '/workspace',
    });
    expect(JSON.stringify([argv, env])).not.toContain('join-token');
  });
});

async function runsOnHost(command: string): Promise<boolean> {
  const child = spawn('/bin/sh', ['-c', command], { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  return code === 0;
}

describe.each([
  ['in a sandbox', undefined],
  ['without a sandbox', 'bwrap-that-is-not-installed'],
])('processes %s', (_name, program) => {
  beforeEach(async () => {
    provider = await create(program);
  });

  it('end with the workspace, also those that left their group', async () => {
    await inside('setsid nohup sleep 1000 >/dev/null 2>&1 & (sleep 1000 >/dev/null 2>&1 &) ; true');
    const marks = { SPT_FLOW_WORKSPACE_ID: workspaceId };
    await expect
      .poll(async () => (await findMarked(marks)).length, { timeout: 10_000 })
      .toBeGreaterThan(2);

    await provider.stop(workspaceId, { graceMs: 10 });

    expect(await findMarked(marks)).toEqual([]);
    expect(await provider.inspect(workspaceId)).toBe('absent');
  });

  it('of a killed predecessor are reaped, and only those of this installation', async () => {
    await inside('setsid sleep 1000 >/dev/null 2>&1 & true');
    const foreign = spawn('sleep', ['1000'], { env: { SPT_FLOW_INSTALLATION_ID: randomUUID() } });
    const successor = await create(program);

    expect(await successor.reap()).toBeGreaterThan(1);

    expect(await findMarked({ SPT_FLOW_INSTALLATION_ID: installationId })).toEqual([]);
    expect(foreign.exitCode).toBeNull();
    foreign.kill('SIGKILL');
    await once(foreign, 'exit');
  });

  it('do not survive a stop that was asked for while they were being started', async () => {
    const starting = provider.start(spec());
    await provider.stop(workspaceId, { graceMs: 0 });
    await starting;

    expect(await findMarked({ SPT_FLOW_WORKSPACE_ID: workspaceId })).toEqual([]);
  });

  it('that end by themselves say why', async () => {
    const { ended } = await provider.start(spec({ token: 'fail' }));

    expect(await ended).toMatch(/^The agent ended with exit code 3: no such token$/);
    expect(provider.logs(workspaceId)).toEqual(['no such token']);
    expect(await provider.inspect(workspaceId)).toBe('absent');
  });

  it('are replaced, not doubled, by a second start; files stay', async () => {
    await inside('echo kept > kept.txt 2>/dev/null || true; true');
    await writeFile(path.join(project(), 'mine.txt'), 'mine');
    const before = await findMarked({ SPT_FLOW_WORKSPACE_ID: workspaceId });

    await provider.start(spec());

    const after = await findMarked({ SPT_FLOW_WORKSPACE_ID: workspaceId });
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    expect(await readFile(path.join(project(), 'mine.txt'), 'utf8')).toBe('mine');
  });
});

describe('without a sandbox', () => {
  it('starts with a warning that says why', async () => {
    provider = await create('bwrap-that-is-not-installed');

    const { warnings } = await provider.start(spec());

    expect(warnings).toEqual([
      expect.stringContaining('not isolated from this machine (bubblewrap is not installed)'),
    ]);
    expect(provider.plan('cafe').at(-1)).toBe(warnings[0]);
  });

  it("still inherits nothing of the control plane's environment but named variables", async () => {
    provider = await create('bwrap-that-is-not-installed');

    expect(await inside('env')).not.toContain(HOST_SECRET);
  });

  it('leaves no secret in the memory of this machine when its agent had to be killed', async () => {
    provider = await create('bwrap-that-is-not-installed');
    await provider.start(spec());
    const [left = ''] = memoryDirectories({
      stateDirectory: path.join(dataDirectory, 'workspaces', workspaceId, 'state'),
      userId: process.getuid?.() ?? 0,
    }).slice(-1);
    await mkdir(path.join(left, 'secrets'), { recursive: true, mode: 0o700 });
    await writeFile(path.join(left, 'secrets', 'TOKEN'), 'a value');

    await provider.stop(workspaceId, { graceMs: 0 });

    await expect(stat(left)).rejects.toThrow('ENOENT');
  });
});

describe('delete', () => {
  it('removes everything, read-only directories too, and touches nothing outside', async () => {
    const outside = path.join(directory, 'outside.txt');
    await writeFile(outside, 'stays');
    await inside(
      `mkdir -p cache/deep && echo x > cache/deep/file && chmod -R a-w cache && ln -s ${outside} link && ln -s ${directory} tree`,
    );
    await chmod(path.join(project(), 'cache'), 0o500);

    await provider.delete(workspaceId);
    await provider.delete(workspaceId);

    await expect(stat(path.join(dataDirectory, 'workspaces', workspaceId))).rejects.toThrow(
      'ENOENT',
    );
    expect(await readFile(outside, 'utf8')).toBe('stays');
  });
});

it('refuses to start without the bundled agent instead of running without isolation', async () => {
  await rm(path.join(directory, 'dist', 'agent.cjs'));

  await expect(create()).rejects.toThrow('ENOENT');
});
