import { execFile } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../src/features/change-sets/read-change.ts';
import { useDatabases } from '../support/database.ts';
import type { LiveWorkspace } from './live-workspace.ts';
import { startStage, type Stage } from './stage.ts';
import { createTestService } from './test-service.ts';

const run = promisify(execFile);
const createDatabase = useDatabases();

let root: string;
let stage: Stage;
let live: LiveWorkspace;
let service: ReturnType<typeof createTestService>;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'spt-flow-patches-'));
  stage = await startStage((await createDatabase()).db);
  ({ live } = stage);
  service = createTestService(stage);
}, 120_000);
afterAll(async () => {
  await stage.close();
  await rm(root, { recursive: true, force: true });
});

const FILES: Readonly<Record<string, string>> = {
  'notes.txt': Array.from({ length: 60 }, (_, index) => `line ${index}\n`).join(''),
  'windows.txt': 'one\r\ntwo\r\nthree\r\n',
  'bare.txt': 'no new line at the end',
  'gone.txt': 'to be deleted\n',
  'tool.sh': '#!/bin/sh\necho one\necho two\necho three\necho four\n',
  'plain.sh': '#!/bin/sh\n',
  'ünï "cödé".txt': 'quoted by git\n',
};

/** A repository of the same files, in which things are changed as people do. */
let mine: string;

beforeEach(async () => {
  service.events.length = 0;
  mine = await mkdtemp(path.join(root, 'mine-'));
  for (const folder of [mine, live.projectDirectory]) {
    for (const name of await readdir(folder))
      if (name !== '.git') await rm(path.join(folder, name), { recursive: true });
    for (const [name, text] of Object.entries(FILES))
      await writeFile(path.join(folder, name), text);
    await chmod(path.join(folder, 'tool.sh'), 0o755);
  }
  await git('init', '--quiet');
  await git('config', 'core.autocrlf', 'false');
  await git('add', '.');
  await git('-c', 'user.name=x', '-c', 'user.email=x@localhost', 'commit', '--quiet', '-m', 'x');
});

async function git(...args: string[]): Promise<string> {
  return (await run('git', ['-C', mine, ...args])).stdout;
}

async function changeMine(): Promise<void> {
  const at = (name: string) => path.join(mine, name);
  const notes = (FILES['notes.txt'] ?? '').replace('line 3\n', 'line three\n');
  await writeFile(at('notes.txt'), notes.replace('line 50\n', '').replace('line 59\n', 'end'));
  await writeFile(at('windows.txt'), 'one\r\n2\r\nthree\r\n');
  await writeFile(at('bare.txt'), 'no new line at the end\nnow with one\n');
  await rm(at('gone.txt'));
  await mkdir(at('bin'));
  await rename(at('tool.sh'), at('bin/tool.sh'));
  await writeFile(at('bin/tool.sh'), `${FILES['tool.sh'] ?? ''}echo five\n`);
  await chmod(at('plain.sh'), 0o755);
  await writeFile(at('ünï "cödé".txt'), 'quoted by git, and changed\n');
  await writeFile(at('empty new.txt'), '');
  await writeFile(at('new.txt'), 'new\n');
  await git('add', '--all');
}

async function treeOf(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true });
  const entries = names.sort().map(async (name) => {
    const info = await stat(path.join(folder, name));
    if (name.split('/')[0] === '.git' || !info.isFile()) return [];
    const text = await readFile(path.join(folder, name), 'utf8');
    return [[name, `${(info.mode & 0o100) === 0 ? '' : 'runs '}${text}`] as const];
  });
  return Object.fromEntries((await Promise.all(entries)).flat());
}

function apply(change: Change) {
  const { principal, ...rest } = { principal: live.tenant.principal, ...change };
  return service.applyTo(principal, 'demo', { ...rest, summary: 'Patch', correlationId: 'patch' });
}

describe('a patch', () => {
  it('of git makes the workspace what the repository is, is told step by step, and can be undone', async () => {
    await changeMine();
    const old = await treeOf(live.projectDirectory);

    const changeSet = await apply({ patch: await git('diff', '--cached', '--find-renames') });

    expect(changeSet).toMatchObject({ outcome: 'committed', author: 'Dana Developer' });
    expect(await treeOf(live.projectDirectory)).toEqual(await treeOf(mine));
    expect(
      service.events.flatMap((event) =>
        event.type === 'change-set.progress' ? [`${event.phase} ${event.state}`] : [],
      ),
    ).toEqual([
      'check running',
      'check done',
      'write running',
      'write done',
      'commit running',
      'commit done',
    ]);
    const undone = await service.undo(live.tenant.principal, changeSet.id, 'undo');
    expect(undone.outcome).toBe('committed');
    expect(await treeOf(live.projectDirectory)).toEqual(old);
  });

  it('is shown without anything being changed', async () => {
    await changeMine();
    const old = await treeOf(live.projectDirectory);
    const patch = await git('diff', '--cached', '--find-renames');

    const { files } = await service.preview(live.tenant.principal, 'demo', {
      ...{ patch, correlationId: 'preview' },
    });

    expect(files).toContainEqual({ path: 'notes.txt', change: 'updated', added: 2, removed: 3 });
    expect(files).toContainEqual({ path: 'plain.sh', change: 'updated', added: 0, removed: 0 });
    expect(files).toContainEqual({ path: 'gone.txt', change: 'deleted', added: 0, removed: 1 });
    expect(files).toContainEqual({ path: 'new.txt', change: 'created', added: 1, removed: 0 });
    expect(await treeOf(live.projectDirectory)).toEqual(old);
    expect(service.events).toEqual([]);
  });

  it('that fits all files but one changes none', async () => {
    await changeMine();
    await writeFile(path.join(live.projectDirectory, 'windows.txt'), 'somebody was here\n');
    const old = await treeOf(live.projectDirectory);

    const attempt = apply({ patch: await git('diff', '--cached') });

    await expect(attempt).rejects.toMatchObject({
      code: 'patch_does_not_apply',
      message: '"windows.txt" does not hold the lines that hunk 1 of 1 (line 1) expects',
    });
    expect(await treeOf(live.projectDirectory)).toEqual(old);
  });

  it.each(['.git/hooks/post-commit', '../outside', 'a/../../outside'])(
    'may not change %s',
    async (name) => {
      const patch = `--- /dev/null\n+++ b/${name}\n@@ -0,0 +1 @@\n+x\n`;

      await expect(apply({ patch })).rejects.toMatchObject({ code: 'path_not_permitted' });
    },
  );
});

describe('edits', () => {
  it('of bytes that are no text are written, and undone by git', async () => {
    const bytes = Buffer.from([0, 1, 2, 255]);

    const { id, outcome } = await apply({
      edits: [{ action: 'write-binary', path: 'image.png', base64: bytes.toString('base64') }],
    });

    expect(outcome).toBe('committed');
    expect(await readFile(path.join(live.projectDirectory, 'image.png'))).toEqual(bytes);
    await expect(service.undo(live.tenant.principal, id, 'undo')).rejects.toMatchObject({
      message: expect.stringContaining('only be undone by git'),
    });
  });

  it.each([
    ['another content', 'notes.txt', '0'.repeat(64)],
    ['no file', 'notes.txt', null],
    ['a file', 'absent.txt', '0'.repeat(64)],
  ])('made for %s are refused', async (_name, file, before) => {
    const attempt = apply({ edits: [{ action: 'write', path: file, text: 'x', before }] });

    await expect(attempt).rejects.toMatchObject({ code: 'change_set_conflict' });
  });
});
