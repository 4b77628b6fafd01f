import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { project } from './support/fixtures.ts';
import { makeHome, run } from './support/run.ts';
import { Failure, startTestServer, TOKEN, type TestServer } from './support/test-server.ts';

const SECRET = 'AKIA-very-secret';
const PROVIDER = { name: 'aws', options: { AWS_KEY: { value: SECRET, userProvided: true } } };
/** As DevPod 0.6 writes them. */
const WORKSPACES = {
  shop: {
    id: 'shop',
    uid: 'default-sh-12345',
    provider: PROVIDER,
    machine: {},
    ide: { name: 'vscode' },
    source: { gitRepository: 'https://git.example.com/me/shop.git', gitBranch: 'next' },
    creationTimestamp: '2024-05-01T10:00:00Z',
    lastUsed: '2024-05-02T10:00:00Z',
    context: 'default',
  },
  bare: { id: 'bare', source: { gitRepository: 'github.com/me/bare' } },
  folder: { id: 'folder', source: { localFolder: '/home/me/folder' } },
  pull: {
    id: 'pull',
    source: { gitRepository: 'https://github.com/me/x', gitPRReference: 'pull/1/head' },
  },
  evil: { id: 'evil', source: { gitRepository: 'ext::sh -c touch% owned' } },
};

describe('import devpod', () => {
  let server: TestServer;
  let home: string;
  let remove: () => Promise<void>;
  let created: unknown[];

  beforeEach(async () => {
    server = await startTestServer();
    ({ home, remove } = await makeHome());
    created = [];
    server.on(projectRoutes.list, () => ({ items: [], nextCursor: null }));
    server.on(projectRoutes.create, ({ body }) => {
      created.push(body);
      const dryRun = body['dryRun'] === true;
      return { project: dryRun ? null : project(), plan: { steps: [] } };
    });
    for (const [name, content] of Object.entries(WORKSPACES))
      await write(name, JSON.stringify(content));
  });
  afterEach(async () => {
    await server.close();
    await remove();
  });

  const place = (name: string) => path.join(home, '.devpod/contexts/default/workspaces', name);

  async function write(name: string, text: string): Promise<void> {
    await mkdir(place(name), { recursive: true });
    await writeFile(path.join(place(name), 'workspace.json'), text);
  }

  const importDevpod = (...args: string[]) =>
    run(['--server', server.url, 'import', 'devpod', ...args], {
      home,
      env: { SPT_FLOW_TOKEN: TOKEN },
    });

  it('makes what is at a repository, and names what is not taken over', async () => {
    await write('broken', '{');
    const { exitCode, stdout, stderr } = await importDevpod();

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(created).toMatchObject([
      { name: 'bare', repositoryUrl: 'https://github.com/me/bare', clone: { ref: null } },
      {
        name: 'shop',
        repositoryUrl: 'https://git.example.com/me/shop.git',
        clone: { ref: 'next' },
        dryRun: false,
      },
    ]);
    expect(stdout.split('\n').sort()).toEqual(
      [
        '',
        '  because: it is at a pull request: name the branch of that instead',
        '  because: it is made of a local folder: push that to a repository first',
        '  because: its repository is not at an https, ssh or git URL',
        '  because: its workspace.json is not readable',
        '  not taken over: the editor vscode',
        '  not taken over: the provider aws and its options',
        'bare (default): created',
        'broken (default): left out',
        'evil (default): left out',
        'folder (default): left out',
        'pull (default): left out',
        'shop (default): created',
      ].sort(),
    );
    expect(stdout).not.toContain(SECRET);
  });

  it('changes neither DevPod nor, in a dry run, anything else', async () => {
    const before = await readFile(path.join(place('shop'), 'workspace.json'), 'utf8');
    const { stdout, stderr } = await importDevpod('--dry-run');

    expect(stdout).toContain('shop (default): would be created');
    expect(stderr).toBe('Nothing was changed: this was a dry run\n');
    expect(created).toMatchObject([{ dryRun: true }, { dryRun: true }]);
    expect(await readFile(path.join(place('shop'), 'workspace.json'), 'utf8')).toBe(before);
  });

  it('leaves those that are there, and goes on after one that fails', async () => {
    server.on(projectRoutes.list, () => ({
      items: [project({ name: 'shop' })],
      nextCursor: null,
    }));
    server.on(projectRoutes.create, () => {
      throw new Failure('limit_reached');
    });

    const { stdout } = await importDevpod();

    expect(stdout).toContain('shop (default): there already');
    expect(stdout).toContain('bare (default): failed\n  because: A limit is reached');
  });

  it('without DevPod says so', async () => {
    const { exitCode, stderr } = await run(['--server', server.url, 'import', 'devpod'], {
      home,
      env: { SPT_FLOW_TOKEN: TOKEN, DEVPOD_HOME: path.join(home, 'none') },
    });
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^There are no DevPod workspaces in /),
    });
  });
});
