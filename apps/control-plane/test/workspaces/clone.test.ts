import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findMarked } from '../../src/features/providers/local/leftovers.ts';
import { listRemote, makeRepository } from './git-repositories.ts';
import { useLifecycle } from './lifecycle.ts';
import { listenSilently } from './listeners.ts';
import { freePort, portOf } from '../support/ports.ts';

const context = useLifecycle();
const { exec, project, restart, running } = context;

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
    await vi.waitFor(async () => listRemote(`git://127.0.0.1:${daemonPort}/guestbook.git`), {
      timeout: 10_000,
    });
  });
  afterEach(async () => {
    // One that ended by itself has no end to wait for any more.
    if (daemon.kill('SIGTERM')) await once(daemon, 'exit');
    await rm(directory, { recursive: true, force: true });
  });

  it('brings the repository with its history and tells its progress', async () => {
    const id = await running({ repositoryUrl: `git://127.0.0.1:${daemonPort}/guestbook.git` });

    expect(
      (await exec(id, 'git log --format=%s; cat README.md; git remote get-url origin')).stdout,
    ).toBe(`second\nfirst\n# Guestbook\ngit://127.0.0.1:${daemonPort}/guestbook.git\n`);
    const log = await context.server.logTexts(id, 'start');
    expect(log[0]).toBe(`Cloning git://127.0.0.1:${daemonPort}/guestbook.git`);
    expect(log.filter((line) => /^Receiving objects: +100%/.test(line))).toHaveLength(1);
    expect((await context.server.transitions(id))[0]?.steps.map(({ name }) => name)).toContain(
      'Clone the repository',
    );
  });

  it("that fails says git's own last words; a repeated start works once the cause is gone", async () => {
    const repositoryUrl = `git://127.0.0.1:${daemonPort}/missing.git`;
    const id = await context.server.create(context.tenant, { repositoryUrl });
    await expect(
      context.server.workspaces.service.ensureReady(id, { correlationId: 'x' }),
    ).rejects.toMatchObject({ code: 'clone_failed' });

    expect((await context.server.row(id)).failure).toMatch(
      /^fatal: .*(access denied|not exported|Could not read from remote)/,
    );
    expect(await findMarked({ SPT_FLOW_WORKSPACE_ID: id })).toEqual([]);
    expect(await context.server.transitions(id)).toHaveLength(1);

    await makeRepository(path.join(directory, 'missing.git'));
    await context.server.workspaces.service.start(context.tenant.principal, id, 'again');
    await context.server.workspaces.service.ensureReady(id, { correlationId: 'x' });
    expect(await readdir(project(id))).toContain('README.md');
  });

  it('from a host that never answers is given up', async () => {
    await context.server.close();
    await restart({ cloneIdleMs: 300 });
    const silent = await listenSilently();
    const id = await context.server.create(context.tenant, {
      repositoryUrl: `git://127.0.0.1:${await portOf(silent)}/x.git`,
    });

    await expect(
      context.server.workspaces.service.ensureReady(id, { correlationId: 'x' }),
    ).rejects.toMatchObject({ code: 'clone_failed' });

    expect((await context.server.row(id)).failure).toBe(
      'The host of the repository does not answer',
    );
    silent.close();
  });

  it.each([
    '--upload-pack=touch /workspace/owned',
    '/etc',
    'file:///etc',
    'ext::sh -c "touch owned"',
    'git@-oProxyCommand=x:y',
  ])('refuses %s without running git', async (repositoryUrl) => {
    const id = await context.server.create(context.tenant, { repositoryUrl });

    await expect(
      context.server.workspaces.service.ensureReady(id, { correlationId: 'x' }),
    ).rejects.toMatchObject({ code: 'repository_url_not_permitted' });
    expect(await readdir(project(id))).toEqual([]);
  });
});
