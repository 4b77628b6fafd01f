import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serveGit, type GitServer } from '../support/git-server.ts';
import { useLifecycle } from './lifecycle.ts';

const run = promisify(execFile);
const GIT = [
  '-c',
  'user.name=t',
  '-c',
  'user.email=t@example.org',
  '-c',
  'protocol.file.allow=always',
];

describe('a clone', () => {
  const context = useLifecycle();
  let git: GitServer;
  let url: string;
  /** Paths whose next answers are cut off, and how many of them. */
  const cuts = new Map<string, number>();
  let refusedAfter = Infinity;

  beforeAll(async () => {
    git = await serveGit({
      refuses: (pathname) => pathname.endsWith('/git-upload-pack') && (refusedAfter -= 1) < 0,
      cuts(pathname) {
        const left = cuts.get(pathname) ?? 0;
        cuts.set(pathname, left - 1);
        return left > 0;
      },
    });
    ({ url } = await git.add('app', { 'README.md': 'first\n', 'data.txt': 'data\n' }));
    await git.add('library', { 'lib.txt': 'library\n' });
    await inWork('app', 'branch', 'other');
    await inWork('app', 'commit', '-q', '--allow-empty', '-m', 'second');
    await inWork('app', 'tag', 'v1');
    await publish('app', 'main', 'other', 'v1');
  });
  afterAll(() => git.close());
  beforeEach(() => cuts.clear());

  const inWork = (name: string, ...args: string[]) =>
    run('git', [...GIT, ...args], { cwd: path.join(git.folder, `${name}.work`) });

  async function publish(name: string, ...refs: string[]): Promise<void> {
    const bare = path.join(git.folder, `${name}.git`);
    for (const setting of ['uploadpack.allowFilter', 'uploadpack.allowAnySHA1InWant'])
      await run('git', ['-C', bare, 'config', setting, 'true']);
    await inWork(name, 'push', '-q', '--force', bare, ...refs);
  }

  const state = (id: string) =>
    context.exec(
      id,
      'git rev-parse --abbrev-ref HEAD; git rev-list --count HEAD; git branch -r | xargs; git status --porcelain',
    );

  it.each([
    [{}, 'main\n2\norigin/main origin/other\n'],
    [{ ref: 'other' }, 'other\n1\norigin/main origin/other\n'],
    [{ ref: 'v1' }, 'HEAD\n2\norigin/main origin/other\n'],
    [{ depth: 1 }, 'main\n1\norigin/main\n'],
    [{ ref: 'other', depth: 1, partial: true }, 'other\n1\norigin/other\n'],
  ])('with %j has what was asked for', async (clone, expected) => {
    const id = await context.running({ repositoryUrl: url, clone });
    expect((await state(id)).stdout).toBe(expected);
  });

  it('of a commit, and one without contents, can be worked in', async () => {
    const { stdout } = await inWork('app', 'rev-parse', 'other');
    const id = await context.running({
      repositoryUrl: url,
      clone: { ref: stdout.trim(), partial: true },
    });
    expect((await context.exec(id, 'git rev-parse HEAD; cat README.md')).stdout).toBe(
      `${stdout}first\n`,
    );
    const config = await context.exec(id, 'git config --local --list');
    expect(config.stdout).toContain('remote.origin.partialclonefilter=blob:none');
    expect(config.stdout).not.toContain('unfinished');
  });

  it('of a branch that is missing fails with a code and says so', async () => {
    const id = await context.server.create(context.tenant, {
      repositoryUrl: url,
      clone: { ref: 'missing' },
    });
    const { service } = context.server.workspaces;
    await expect(service.ensureReady(id, { correlationId: 'x' })).rejects.toMatchObject({
      code: 'clone_failed',
      message: 'The repository has no branch, tag or commit "missing"',
    });
  });

  it('of an empty repository is an empty project with its origin', async () => {
    await run('git', ['init', '-q', '--bare', path.join(git.folder, 'empty.git')]);
    const id = await context.running({ repositoryUrl: `${git.url}/empty.git` });
    expect((await context.exec(id, 'git remote get-url origin; ls')).stdout).toBe(
      `${git.url}/empty.git\n`,
    );
  });

  it('that is cut goes on by itself, and tells it', async () => {
    cuts.set('/app.git/git-upload-pack', 2);
    const id = await context.running({ repositoryUrl: url });
    expect((await state(id)).stdout).toContain('main\n2\n');
    expect(await context.server.logTexts(id, 'start')).toContain(
      'The connection was cut: trying again (2 of 5)',
    );
  });

  it('that failed half-way goes on at the next start with what it had', async () => {
    // Asking for names twice and fetching go through; the contents, which checking out asks for, do not.
    refusedAfter = 3;
    const clone = { partial: true };
    const id = await context.server.create(context.tenant, { repositoryUrl: url, clone });
    const { service } = context.server.workspaces;
    await expect(service.ensureReady(id, { correlationId: 'x' })).rejects.toMatchObject({
      code: 'clone_failed',
    });
    const packs = path.join(context.project(id), '.git/objects/pack');
    const fetched = await readdir(packs);
    expect(fetched).not.toEqual([]);
    await writeFile(path.join(context.project(id), '.git/index.lock'), '');

    refusedAfter = Infinity;
    await service.start(context.tenant.principal, id, 'again');
    await service.ensureReady(id, { correlationId: 'x' });

    expect(await readdir(packs)).toEqual(expect.arrayContaining(fetched));
    expect((await state(id)).stdout).toContain('main\n2\n');
  });

  it('brings submodules, and leaves out those with a URL that is not permitted', async () => {
    const { url: parent } = await git.add('parent', { 'README.md': 'parent\n' });
    const library = path.join(git.folder, 'library.git');
    for (const name of ['good', 'evil', 'gone'])
      await inWork('parent', 'submodule', '--quiet', 'add', library, name);
    const set = (name: string, value: string) =>
      inWork('parent', 'config', '-f', '.gitmodules', `submodule.${name}.url`, value);
    await set('good', '../library.git');
    await set('evil', `file://${library}`);
    await set('gone', `${git.url}/gone.git`);
    await inWork('parent', 'commit', '-qam', 'submodules');
    await publish('parent', 'main');

    const id = await context.running({ repositoryUrl: parent });

    expect((await context.exec(id, 'cat good/lib.txt; ls evil gone')).stdout).toBe(
      'library\nevil:\n\ngone:\n',
    );
    const log = await context.server.logTexts(id, 'start');
    expect(log).toContain('The submodule evil is left out: its URL is not permitted');
    expect(log.some((line) => line.startsWith('The submodule gone is left out: '))).toBe(true);
  });
});
