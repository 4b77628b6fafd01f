import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { installScript, PROGRAMS_PATH } from '../../src/features/servers/install-script.ts';
import { useDatabases } from '../support/database.ts';
import { startServersStage, type ServersStage } from './servers-stage.ts';
import { portOf } from '../support/ports.ts';

const HERE = `${process.platform}-${process.arch}`;
const SHELL_PROGRAM = '#!/bin/sh\necho "shell: $*"; cat\n';

describe('what machines fetch', () => {
  const newDatabase = useDatabases();
  let stage: ServersStage;
  let origin: string;

  beforeAll(async () => {
    stage = await startServersStage(await newDatabase());
    origin = await stage.app.listen({ port: 0, host: '127.0.0.1' });
    await stage.addProgram('spt-flow-agent', SHELL_PROGRAM);
    await stage.addProgram('spt-flow-agent-linux-arm64-musl', 'for others');
    await stage.addProgram('agent.cjs', 'console.log()');
    await stage.addProgram('parsers.cjs', 'exports.all = []');
    await stage.addProgram('pty.node', 'native');
    await stage.addProgram('secret.txt', 'not for you');
  });
  afterAll(() => stage.close());

  const get = (path: string) => fetch(`${origin}${path}`);

  it('is listed with its checksums, under the name of its platform', async () => {
    const response = await get(PROGRAMS_PATH);

    const lines = (await response.text()).trim().split('\n');
    expect(lines.map((line) => line.slice(66))).toEqual([
      'agent.cjs',
      'parsers.cjs',
      `pty-${HERE}.node`,
      `spt-flow-agent-${HERE}`,
      'spt-flow-agent-linux-arm64-musl',
    ]);
    expect(lines[3]?.slice(0, 64)).toBe(createHash('sha256').update(SHELL_PROGRAM).digest('hex'));
  });

  it('arrives as it is, and a newer build at once', async () => {
    const first = await get(`${PROGRAMS_PATH}/spt-flow-agent-${HERE}`);
    expect([first.headers.get('content-length'), await first.text()]).toEqual([
      String(SHELL_PROGRAM.length),
      SHELL_PROGRAM,
    ]);

    await stage.addProgram('spt-flow-agent-linux-arm64-musl', 'for others, newer');
    expect(await (await get(`${PROGRAMS_PATH}/spt-flow-agent-linux-arm64-musl`)).text()).toBe(
      'for others, newer',
    );
  });

  it.each(['secret.txt', 'pty.node', '..%2F..%2Fpackage.json', 'spt-flow-agent-plan9-x64'])(
    'is not %s',
    async (name) => {
      const response = await get(`${PROGRAMS_PATH}/${name}`);

      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
    },
  );

  it('begins with a script for this control plane', async () => {
    const response = await get('/agents/v1/install.sh');

    expect(response.headers.get('content-type')).toContain('text/x-shellscript');
    expect(await response.text()).toContain(
      `programs='${stage.machines.agentsServer.url}${PROGRAMS_PATH}'`,
    );
  });
});

describe('the install script', () => {
  let server: Server;
  let port: number;
  let files: Map<string, string>;

  beforeEach(async () => {
    files = new Map();
    server = createServer((request, response) => {
      const name = (request.url ?? '').slice(PROGRAMS_PATH.length + 1);
      const content = name === '' ? sums() : files.get(name)?.replace('damaged', 'altered');
      response.writeHead(content === undefined ? 404 : 200).end(content);
    });
    server.listen(0, '127.0.0.1');
    port = await portOf(server);
  });
  afterEach(async () => {
    if (!server.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  function sums(): string {
    const line = ([name, content]: [string, string]) =>
      `${createHash('sha256').update(content).digest('hex')}  ${name}\n`;
    return [...files].map(line).join('');
  }

  /** As root of a machine of its own, which keeps nothing. */
  async function run(args: readonly string[] = [], machine: readonly string[] = []) {
    const script = installScript(`http://127.0.0.1:${port}`);
    const child = spawn(
      'bwrap',
      [
        ...['--unshare-user', '--uid', '0', '--gid', '0', '--ro-bind', '/', '/', '--tmpfs', '/tmp'],
        ...['--dev', '/dev', ...machine, '--', '/bin/sh', '-c', script, 'install', ...args],
      ],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    child.stdin.end('the-code');
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { exitCode: child.exitCode, stdout, stderr: stderr.trim().split('\n').at(-1) };
  }

  it('fetches the program of the platform, checks it, and hands over the code and the options', async () => {
    files.set(`spt-flow-agent-${HERE}`, SHELL_PROGRAM);

    expect(await run(['--user', 'alice'])).toMatchObject({
      exitCode: 0,
      stdout: 'shell: install --user alice\nthe-code',
    });
  });

  it('takes Node.js where there is no executable', async () => {
    files.set('agent.cjs', 'console.log("node:", process.argv.slice(2).join(" "))');
    files.set('parsers.cjs', 'exports.all = []');
    files.set(`pty-${HERE}.node`, 'native');

    expect(await run()).toMatchObject({ exitCode: 0, stdout: 'node: install\n' });
  });

  it('signs on a Mac what macOS would not run otherwise', async () => {
    files.set('spt-flow-agent-darwin-arm64', SHELL_PROGRAM);
    const tools = await mkdtemp(path.join(tmpdir(), 'spt-flow-mac-'));
    const tool = (name: string, script: string) =>
      writeFile(path.join(tools, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await tool('uname', 'case "$1" in -s) echo Darwin ;; *) echo arm64 ;; esac');
    await tool('shasum', 'shift 2; exec sha256sum "$@"');
    await tool('codesign', 'for file; do :; done; echo \'echo "signed"\' >>"$file"');
    const bound = ['--ro-bind', tools, '/mnt', '--setenv', 'PATH', `/mnt:${process.env['PATH']}`];

    expect(await run([], bound)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('signed'),
    });
    await rm(tools, { recursive: true });
  });

  it('says what is missing where neither is there', async () => {
    files.set('agent.cjs', 'console.log()');

    expect(await run()).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`no program for ${HERE}`),
    });
  });

  it('runs nothing that arrived damaged', async () => {
    files.set(`spt-flow-agent-${HERE}`, `${SHELL_PROGRAM}# damaged`);

    expect(await run()).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('arrived damaged'),
    });
  });

  it('ends with the exit code of the installation', async () => {
    files.set(`spt-flow-agent-${HERE}`, '#!/bin/sh\nexit 9\n');

    expect(await run()).toMatchObject({ exitCode: 9 });
  });

  it.each([
    ['root', ['--uid', '1000'], 'needs root'],
    ['curl', ['--ro-bind', '/dev/null', '/usr/bin/curl'], 'has no curl'],
  ])('names %s when that is missing', async (_what, machine, message) => {
    files.set(`spt-flow-agent-${HERE}`, SHELL_PROGRAM);

    expect(await run([], machine)).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });

  it('says so when the control plane does not answer', async () => {
    server.close();
    await once(server, 'close');

    expect(await run()).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('does not answer'),
    });
  });
});
