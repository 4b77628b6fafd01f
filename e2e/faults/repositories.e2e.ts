import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { freePort } from '../harness/free-port.ts';
import {
  runInWorkspace,
  startRunning,
  untilRunning,
  type Running,
} from './support/running-product.ts';
import { until } from './support/until.ts';

const run = promisify(execFile);

let running: Running;

beforeAll(async () => {
  running = await startRunning();
});

afterAll(() => running.close());

async function create(name: string, repositoryUrl: string): Promise<string> {
  const { project } = await running.api.call(projectRoutes.create, {
    body: { name, repositoryUrl },
  });
  return project?.workspace?.id ?? '';
}

async function get(handle: string) {
  return running.api.call(workspaceRoutes.get, { params: { handle } });
}

describe('a repository URL', () => {
  it.each([
    '/etc',
    './repository',
    'file:///etc',
    'ext::sh -c touch% /tmp/pwned',
    'ext::whoami',
    '--upload-pack=touch /tmp/pwned',
    '-u',
    'https://user:secret@example.com/a.git',
    'ssh://-oProxyCommand=whoami/x',
    'fd::17/foo',
    'http://example.com/a\nb.git',
  ])('"%s" is refused before anything is made', async (repositoryUrl) => {
    await expect(create('Refused', repositoryUrl)).rejects.toMatchObject({
      status: 400,
      code: expect.stringMatching(/^(validation_failed|repository_url_not_permitted)$/),
    });
    const { items } = await running.api.call(projectRoutes.list, { query: {} });
    expect(items.map(({ name }) => name)).not.toContain('Refused');
  });

  it('whose host is dead fails with the words of git, and the workspace can be deleted', async () => {
    const workspaceId = await create('Dead', 'http://127.0.0.1:1/nothing.git');

    const failed = await until('the clone fails', async () => {
      const workspace = await get(workspaceId);
      return workspace.actualState === 'failed' ? workspace : undefined;
    });

    expect(failed.failure).toMatch(/127\.0\.0\.1/);
    await running.api.call(workspaceRoutes.remove, { params: { handle: workspaceId } });
    await until('it is deleted', async () => {
      const { items } = await running.api.call(workspaceRoutes.list, { query: {} });
      return items.every(({ id }) => id !== workspaceId);
    });
  });

  it('of a git daemon is cloned', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-daemon-'));
    const source = path.join(folder, 'orchard');
    await mkdir(source);
    await run('git', ['init', '-q', '-b', 'main', source]);
    await writeFile(path.join(source, 'apples.txt'), 'seven\n');
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
    await run('git', ['-C', source, 'add', '.']);
    await run('git', ['-C', source, ...identity, 'commit', '-q', '-m', 'start']);
    const port = await freePort();
    const daemon = spawn(
      'git',
      [
        'daemon',
        '--export-all',
        '--listen=127.0.0.1',
        `--port=${port}`,
        `--base-path=${folder}`,
        folder,
      ],
      { stdio: 'ignore', detached: true },
    );
    try {
      await until('the daemon listens', () => canConnect(port));
      const workspaceId = await create('Orchard', `git://127.0.0.1:${port}/orchard`);
      await untilRunning(running, workspaceId);
      const { stdout } = await runInWorkspace(
        running,
        workspaceId,
        'cat apples.txt; git log --format=%s',
      );
      expect(stdout).toBe('seven\nstart\n');
    } finally {
      if (daemon.pid !== undefined) process.kill(-daemon.pid, 'SIGKILL');
      await rm(folder, { recursive: true, force: true });
    }
  });
});

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
