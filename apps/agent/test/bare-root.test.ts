import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestHead } from '@spt-flow/shared/agent-protocol/requests';
import type { Tunnel } from '@spt-flow/tunnel/types';
import { createCertificate } from '@spt-flow/tunnel/testing/certificate';
import { buildAgent } from './support/build.ts';
import { startControlPlane, type ControlPlane } from './support/control-plane.ts';
import { createProject, type Project } from './support/project.ts';
import { exec, responseOf } from './support/rig.ts';

let folder: string;
let project: Project;
let controlPlane: ControlPlane;
let agent: ChildProcess;
let tunnel: Tunnel;
let settings: Record<string, string>;

/** The dynamic linker and the parts of the libc that it loads for the program. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ldd', [program]);
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
}

/** The root holds the program, its libc, the project and the kernel's own files: no shell, no tools, no configuration. */
async function startInBareRoot(env: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const program = join(folder, 'spt-flow-agent');
  const libraries = await librariesOf(program);
  const variables = Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]);
  return spawn(
    'bwrap',
    [
      ...libraries.flatMap((path) => ['--ro-bind', path, path]),
      ...['--ro-bind', program, '/spt-flow-agent', '--bind', project.root, project.root],
      ...['--proc', '/proc', '--dev', '/dev', '--unshare-pid', '--die-with-parent'],
      ...['--clearenv', ...variables, '/spt-flow-agent'],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
}

beforeAll(async () => {
  folder = await buildAgent({ executable: true });
  project = await createProject({ 'hello.txt': 'hello' });
  const identity = createCertificate();
  controlPlane = await startControlPlane({ identity, channelBinding: 'tls-exporter' });
  const caFile = join(project.root, 'ca.pem');
  await writeFile(caFile, identity.cert);
  settings = {
    SPT_FLOW_AGENT_URL: controlPlane.url,
    SPT_FLOW_AGENT_TOKEN: controlPlane.token,
    SPT_FLOW_AGENT_SERVER_KEY: controlPlane.keyId,
    SPT_FLOW_AGENT_STATE_DIR: project.state,
    SPT_FLOW_AGENT_PROJECT_DIR: project.directory,
    SPT_FLOW_AGENT_CA_FILE: caFile,
    SPT_FLOW_AGENT_CHANNEL_BINDING: 'tls-exporter',
  };
  agent = await startInBareRoot(settings);
  ({ tunnel } = await controlPlane.nextAgent());
}, 120_000);
afterAll(async () => {
  const ended = once(agent, 'exit');
  agent.kill('SIGTERM');
  await ended;
  await controlPlane.stop();
  for (const path of [folder, project.root]) await rm(path, { recursive: true, force: true });
});

describe('the executable where there is nothing but a libc', () => {
  it('connects, and runs the programs that are there', async () => {
    expect(await exec(tunnel, { argv: ['/spt-flow-agent', '--version'] })).toMatchObject({
      out: '0.1.0\n',
      trailers: { exitCode: 0 },
    });
  });

  it('keeps a second agent away from its directories', async () => {
    expect(await exec(tunnel, { argv: ['/spt-flow-agent'], env: settings })).toMatchObject({
      err: expect.stringContaining('Another agent already uses'),
    });
  });

  it('reads files', async () => {
    const stream = tunnel.open({ method: 'files.read', path: 'hello.txt', maxBytes: 100 });

    expect(await responseOf(stream)).toMatchObject({ ok: true });
  });

  it.each<[string, RequestHead]>([
    ['commands', { method: 'exec', argv: ['/bin/sh', '-c', 'true'] }],
    ['terminals', { method: 'pty', terminalId: randomUUID(), cols: 80, rows: 24 }],
    ['apps', { method: 'process.start', name: 'app', command: 'node .', env: {} }],
  ])('tells who asks for %s that there is no shell', async (_name, head) => {
    expect(await responseOf(tunnel.open(head))).toMatchObject({
      ok: false,
      message: expect.stringMatching(
        /^(Cannot run '\/bin\/sh': this machine has no such program|This machine has no shell for a terminal)/,
      ),
    });
  });
});
