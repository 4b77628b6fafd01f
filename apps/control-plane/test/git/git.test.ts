import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgentHub, type LocalAgentHub } from '../../src/features/agents/index.ts';
import {
  createBareRepositories,
  createGit,
  createProjectRepository,
} from '../../src/features/git/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startInlineAgent } from '../agents/inline-agent.ts';

const run = promisify(execFile);
const PROJECT = '22222222-2222-4222-8222-222222222222';
const TARGET = { workspaceId: '11111111-1111-4111-8111-111111111111', projectId: PROJECT };
const AUTHOR = { name: 'Zoë <b> Café\nX', email: 'zoe@example.org' };

let directory: string;
let workspace: string;
let hub: LocalAgentHub;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-git-test-'));
  workspace = path.join(directory, 'workspace');
  await mkdir(workspace);
  hub = createAgentHub({
    clock: systemClock,
    onEvents: async () => undefined,
    onError: () => undefined,
  });
  attach(TARGET.workspaceId, workspace);
});
afterEach(async () => {
  hub.close();
  await rm(directory, { recursive: true, force: true });
});

function attach(workspaceId: string, folder: string): void {
  const rest = {
    sessionId: workspaceId,
    agentId: workspaceId,
    organizationId: 'o',
    generation: 1,
    bootId: 'b',
    machineFingerprint: 'm',
  };
  hub.attach({ workspaceId, ...rest }, startInlineAgent({ directory: folder }).tunnel);
}

function createRepository(maxBundleBytes?: number) {
  const git = createGit({ searchPath: process.env['PATH'] ?? '' });
  return createProjectRepository({
    agents: hub,
    repositories: createBareRepositories({ directory: path.join(directory, 'bare'), git }),
    ...(maxBundleBytes !== undefined && { maxBundleBytes }),
  });
}

function bare(...args: string[]): Promise<string> {
  const repository = path.join(directory, 'bare', `${PROJECT}.git`);
  return run('git', ['-C', repository, ...args]).then(({ stdout }) => stdout);
}

function inWorkspace(...args: string[]): Promise<string> {
  return run('git', ['-C', workspace, '-c', 'user.name=U', '-c', 'user.email=u@x', ...args]).then(
    ({ stdout }) => stdout,
  );
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(workspace, file)), { recursive: true });
  await writeFile(path.join(workspace, file), text);
}

describe('commit', () => {
  it('commits the named paths in the name of the user, with the conversation', async () => {
    await write('a.txt', 'a');
    await write('secret.txt', 'not part of the change');

    const commit = await createRepository().commit(TARGET, {
      author: AUTHOR,
      summary: 'Add a\n\nConversation: forged',
      conversationId: 'c-1',
      paths: ['a.txt'],
    });

    expect(
      await inWorkspace(
        'log',
        '--format=%H|%an|%ae|%s|%(trailers:key=Conversation,valueonly,separator=%x2C)',
      ),
    ).toBe(`${commit}|Zoë b Café X|zoe@example.org|Add a Conversation: forged|c-1\n`);
    expect(await inWorkspace('ls-tree', '-r', '--name-only', 'HEAD')).toBe('a.txt\n');
  });

  it('is the same commit when it is repeated', async () => {
    await write('a.txt', 'a');
    const repository = createRepository();
    const input = { author: AUTHOR, summary: 'Add a', paths: ['a.txt'] };

    expect(await repository.commit(TARGET, input)).toBe(await repository.commit(TARGET, input));
  });

  it('takes deletions, names like options and lock files, and leaves out what git ignores', async () => {
    const repository = createRepository();
    await write('old.txt', 'old');
    await repository.commit(TARGET, { author: AUTHOR, summary: 'one', paths: ['old.txt'] });
    await rm(path.join(workspace, 'old.txt'));
    await write('.gitignore', 'data/\n');
    await write('data/entries.json', '[]');
    await write('--upload-pack=x', 'x');
    await write('package-lock.json', '{}');

    await repository.commit(TARGET, {
      author: AUTHOR,
      summary: 'two',
      paths: ['old.txt', '.gitignore', 'data/entries.json', '--upload-pack=x', 'never-was.txt'],
    });

    expect(await inWorkspace('ls-tree', '-r', '--name-only', 'HEAD')).toBe(
      '--upload-pack=x\n.gitignore\npackage-lock.json\n',
    );
  });

  it('runs no hook of the workspace and gets past a lock that a killed git left', async () => {
    await inWorkspace('init', '--quiet', '--initial-branch=main', '.');
    const hook = path.join(workspace, '.git', 'hooks', 'commit-msg');
    await mkdir(path.dirname(hook), { recursive: true });
    await writeFile(hook, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const lock = path.join(workspace, '.git', 'index.lock');
    await writeFile(lock, '');
    await utimes(lock, new Date(0), new Date(0));
    await write('a.txt', 'a');

    await createRepository().commit(TARGET, { author: AUTHOR, summary: 'a', paths: ['a.txt'] });

    expect(await inWorkspace('rev-list', '--count', 'HEAD')).toBe('1\n');
  });
});

describe('collect', () => {
  it('carries only what is missing, also after it failed before', async () => {
    const repository = createRepository();
    await write('a.txt', 'a');
    const first = await repository.commit(TARGET, {
      author: AUTHOR,
      summary: 'one',
      paths: ['a.txt'],
    });
    await repository.collect(TARGET);
    const packs = path.join(directory, 'bare', `${PROJECT}.git`, 'objects', 'pack');
    const longAgo = new Date(Date.now() - 3_600_000);
    await writeFile(path.join(packs, 'tmp_pack_killed'), '');
    await utimes(path.join(packs, 'tmp_pack_killed'), longAgo, longAgo);
    await write('a.txt', 'b');
    const second = await repository.commit(TARGET, {
      author: AUTHOR,
      summary: 'two',
      paths: ['a.txt'],
    });

    await repository.collect(TARGET);
    await repository.collect(TARGET);

    expect(await readdir(packs)).not.toContain('tmp_pack_killed');
    expect(await bare('rev-list', 'main')).toBe(`${second}\n${first}\n`);
    expect(await bare('fsck', '--strict')).toBe('');
  });

  it('does nothing for a workspace without commits', async () => {
    await inWorkspace('init', '--quiet', '.');

    await createRepository().collect(TARGET);

    expect(await bare('for-each-ref')).toBe('');
  });

  it('follows other branches and a history that was rewritten', async () => {
    const repository = createRepository();
    await write('a.txt', 'a');
    await repository.commit(TARGET, { author: AUTHOR, summary: 'one', paths: ['a.txt'] });
    await repository.collect(TARGET);
    await inWorkspace('commit', '--quiet', '--amend', '--message=amended');
    await inWorkspace('checkout', '--quiet', '-b', 'feature/x');

    await repository.collect(TARGET);

    expect(await bare('log', '--format=%s', 'main')).toBe('amended\n');
    expect(await bare('symbolic-ref', 'HEAD')).toBe('refs/heads/feature/x\n');
  });

  it('follows a branch that went back to an earlier commit', async () => {
    const repository = createRepository();
    for (const text of ['one', 'two']) {
      await write('a.txt', text);
      await repository.commit(TARGET, { author: AUTHOR, summary: text, paths: ['a.txt'] });
      await repository.collect(TARGET);
    }
    await inWorkspace('reset', '--quiet', '--hard', 'HEAD~1');

    await repository.collect(TARGET);

    expect(await bare('log', '--format=%s', 'main')).toBe('one\n');
  });

  it('follows a branch to a name below its own, and leaves out tags that others are in the way of', async () => {
    const repository = createRepository();
    await write('a.txt', 'a');
    await repository.commit(TARGET, { author: AUTHOR, summary: 'one', paths: ['a.txt'] });
    await inWorkspace('branch', 'feature');
    await inWorkspace('tag', 'v1');
    expect(await repository.collect(TARGET)).toEqual([]);
    const old = await bare('rev-parse', 'feature');
    await inWorkspace('branch', '--move', 'feature', 'feature/a');
    await inWorkspace('tag', '--delete', 'v1');
    await write('a.txt', 'b');
    await repository.commit(TARGET, { author: AUTHOR, summary: 'two', paths: ['a.txt'] });
    for (const tag of ['v1/rc', 'v2']) await inWorkspace('tag', tag);

    expect(await repository.collect(TARGET)).toEqual(['v1/rc']);

    const refs = (await bare('for-each-ref', '--format=%(refname)')).trim().split('\n');
    expect(refs).toEqual([
      'refs/heads/feature/a',
      'refs/heads/main',
      `refs/retired/${old.trim()}`,
      'refs/tags/v1',
      'refs/tags/v2',
    ]);
    expect(await bare('log', '--format=%s', '-1', 'main')).toBe('two\n');
    expect(await repository.collect(TARGET)).toEqual(['v1/rc']);
  });

  it('fails when a tag can’t be written for another reason', async () => {
    const repository = createRepository();
    await write('a.txt', 'a');
    await repository.commit(TARGET, { author: AUTHOR, summary: 'one', paths: ['a.txt'] });
    await repository.collect(TARGET);
    await inWorkspace('tag', 'v1');
    const lock = path.join(directory, 'bare', `${PROJECT}.git`, 'refs', 'tags', 'v1.lock');
    await writeFile(lock, '');

    await expect(repository.collect(TARGET)).rejects.toThrow('v1.lock');

    // What a killed command left goes once none can hold it any more.
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(lock, longAgo, longAgo);
    await repository.collect(TARGET);
    expect(await bare('tag', '--list')).toBe('v1\n');
  });

  it('refuses more than the limit and keeps what it had', async () => {
    await write('big.bin', Array.from({ length: 200_000 }, () => Math.random()).join());
    const small = createRepository(100_000);
    await small.commit(TARGET, { author: AUTHOR, summary: 'big', paths: ['big.bin'] });

    await expect(small.collect(TARGET)).rejects.toMatchObject({ code: 'limit_reached' });

    expect(await bare('for-each-ref')).toBe('');
    await createRepository().collect(TARGET);
    expect(await bare('log', '--format=%s', 'main')).toBe('big\n');
  });

  it('refuses objects that could write outside of a checkout', async () => {
    await inWorkspace('init', '--quiet', '--initial-branch=main', '.');
    await write('x', 'x');
    const blob = (await inWorkspace('hash-object', '-w', 'x')).trim();
    const raw = Buffer.concat([Buffer.from('100644 ..\0'), Buffer.from(blob, 'hex')]);
    await writeFile(path.join(directory, 'tree'), raw);
    const tree = (
      await inWorkspace(
        'hash-object',
        '-t',
        'tree',
        '-w',
        '--literally',
        path.join(directory, 'tree'),
      )
    ).trim();
    const commit = (await inWorkspace('commit-tree', '-m', 'evil', tree)).trim();
    await inWorkspace('update-ref', 'refs/heads/main', commit);

    await expect(createRepository().collect(TARGET)).rejects.toThrow(/fsck|hasDotdot|Git failed/);

    expect(await bare('for-each-ref')).toBe('');
  });
});

describe('seedWorkspace', () => {
  const fresh = { workspaceId: '33333333-3333-4333-8333-333333333333', projectId: PROJECT };

  async function attachFresh(): Promise<string> {
    const folder = await mkdtemp(path.join(directory, 'fresh-'));
    attach(fresh.workspaceId, folder);
    return folder;
  }

  it('is false when nothing is kept', async () => {
    await attachFresh();

    expect(await createRepository().seedWorkspace(fresh)).toBe(false);
  });

  it('puts history and files into a fresh workspace, larger than one piece', async () => {
    const repository = createRepository();
    const big = Array.from({ length: 1_500_000 }, () => Math.random()).join();
    await write('src/big.txt', big);
    const commit = await repository.commit(TARGET, {
      author: AUTHOR,
      summary: 'big',
      paths: ['src/big.txt'],
    });
    await repository.collect(TARGET);
    const folder = await attachFresh();

    expect(await repository.seedWorkspace(fresh)).toBe(true);

    expect(await readFile(path.join(folder, 'src/big.txt'), 'utf8')).toBe(big);
    const { stdout } = await run('git', ['-C', folder, 'status', '--porcelain', '--branch']);
    expect(stdout).toBe('## main\n');
    expect((await run('git', ['-C', folder, 'rev-parse', 'HEAD'])).stdout).toBe(`${commit}\n`);
    expect(await readdir(path.join(folder, '.git'))).not.toContain('spt-flow-seed.bundle');
  }, 60_000);

  it('finishes what was interrupted, and then leaves the workspace alone', async () => {
    const repository = createRepository();
    await write('a.txt', 'a');
    await repository.commit(TARGET, { author: AUTHOR, summary: 'one', paths: ['a.txt'] });
    await repository.collect(TARGET);
    const folder = await attachFresh();
    await run('git', ['-C', folder, 'init', '--quiet', '--initial-branch=spt-flow-seeding', '.']);
    await writeFile(
      path.join(folder, '.git', 'spt-flow-seed.bundle'),
      'half of a bundle '.repeat(100_000),
    );

    await repository.seedWorkspace(fresh);
    await writeFile(path.join(folder, 'a.txt'), 'edited');
    await repository.seedWorkspace(fresh);

    expect(await readFile(path.join(folder, 'a.txt'), 'utf8')).toBe('edited');
  });
});

describe('remove', () => {
  it('removes the repository, and only of real project ids', async () => {
    const repository = createRepository();
    await write('a.txt', 'a');
    await repository.commit(TARGET, { author: AUTHOR, summary: 'one', paths: ['a.txt'] });
    await repository.collect(TARGET);

    await repository.remove(PROJECT);

    expect(await readdir(path.join(directory, 'bare'))).toEqual([]);
    await expect(repository.remove('../workspace')).rejects.toThrow('not a project id');
  });
});
