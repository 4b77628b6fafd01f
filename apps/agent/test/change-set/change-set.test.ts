import { link, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChangeSetRequest } from '@spt-flow/shared/agent-protocol/change-set';
import { useBuiltAgent } from '../support/build.ts';
import { appSource, changeSet, freePort, sha256, writeEdit } from '../support/project.ts';
import { applyChangeSet, createRig, responseOf, type Rig } from '../support/rig.ts';
import { snapshotTree } from '../support/tree.ts';
import { waitUntil } from '../support/wait.ts';

const built = useBuiltAgent();
let rig: Rig;

beforeEach(async () => {
  rig = await createRig(built.folder, {
    'server.js': appSource('old'),
    'run.sh': 'echo old\n',
    'package.json': '{"name":"app"}',
  });
});
afterEach(() => rig.close());

function apply(overrides: Partial<ChangeSetRequest>) {
  return applyChangeSet(rig.tunnel, changeSet(overrides));
}

function fileOf(path: string): string {
  return join(rig.project.directory, path);
}

function app(port: number): Pick<ChangeSetRequest, 'process' | 'probe'> {
  return {
    process: {
      name: 'app',
      command: `exec ${process.execPath} server.js`,
      env: { PORT: String(port) },
    },
    probe: { port, path: '/', timeoutMs: 5_000 },
  };
}

async function answer(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/`)).text();
}

describe('a good change set', () => {
  it('writes, creates and deletes files, starts the app and proves that it answers', async () => {
    const port = await freePort();
    const { receipt, phases } = await apply({
      edits: [
        writeEdit('server.js', appSource('new')),
        writeEdit('deep/er/x.txt', 'x', null),
        { action: 'delete', path: 'run.sh' },
      ],
      build: { command: 'echo built > built.txt', timeoutMs: 5_000 },
      ...app(port),
    });

    expect(receipt).toMatchObject({
      outcome: 'committed',
      reason: null,
      failedPhase: null,
      probe: { status: 200, error: null },
    });
    expect(receipt?.files.map(({ path, change }) => `${change} ${path}`)).toEqual([
      'updated server.js',
      'created deep/er/x.txt',
      'deleted run.sh',
    ]);
    expect(phases).toEqual(
      ['check', 'write', 'build', 'restart', 'probe', 'commit'].flatMap((phase) => [
        `${phase} running`,
        `${phase} done`,
      ]),
    );
    expect(await answer(port)).toBe('new');
    expect((await readdir(rig.project.directory)).sort()).toEqual([
      'built.txt',
      'deep',
      'package.json',
      'server.js',
    ]);
    await rig.parts.engine.close();
    expect(await readdir(join(rig.project.state, 'stage'))).toEqual([]);
  });

  it('keeps the mode of a file', async () => {
    const before = (await stat(fileOf('run.sh'))).mode;

    await apply({ edits: [writeEdit('run.sh', 'echo new\n')] });

    expect([(await stat(fileOf('run.sh'))).mode, await readFile(fileOf('run.sh'), 'utf8')]).toEqual(
      [before, 'echo new\n'],
    );
    expect(before & 0o111).not.toBe(0);
  });

  it('sent twice is applied once and has the same receipt', async () => {
    const request = changeSet({ edits: [writeEdit('new.txt', 'x', null)] });

    const first = await applyChangeSet(rig.tunnel, request);
    const second = await applyChangeSet(rig.tunnel, request);

    expect(first.receipt?.outcome).toBe('committed');
    expect(second.receipt).toEqual(first.receipt);
  });
});

describe('a change set that is rejected', () => {
  it.each<[string, ChangeSetRequest['edits'], RegExp]>([
    ['a syntax error', [writeEdit('server.js', 'let x = = 1;')], /server\.js: SyntaxError.*line 1/],
    ['broken JSON', [writeEdit('data.json', '{"a": }')], /data\.json/],
    ['broken TSX', [writeEdit('a.tsx', 'let a = <b>;\n')], /a\.tsx: SyntaxError.*line 1, column/],
    ['a broken script in a page', [writeEdit('a.html', '<p>\n<script>let = ;</script>')], /line 2/],
    ['a broken stylesheet', [writeEdit('a.css', 'a { b: c')], /a\.css: SyntaxError.*line 1/],
    ['a broken component', [writeEdit('a.vue', '<script>\nlet = ;\n</script>')], /line 2/],
    ['broken Python', [writeEdit('app.py', 'def f(:\n')], /app\.py.*line 1/],
    ['broken Go', [writeEdit('main.go', 'package main\nfunc {')], /main\.go: 2:/],
    [
      'another content than expected',
      [writeEdit('server.js', '1', sha256('other'))],
      /changed by somebody else/,
    ],
    ['a file that exists already', [writeEdit('server.js', '1', null)], /exists already/],
    ['a file that is not there', [writeEdit('absent.js', '1', sha256('x'))], /does not exist/],
    ['a deletion of nothing', [{ action: 'delete', path: 'absent.js' }], /does not exist/],
    ['a file below a file', [writeEdit('server.js/x.txt', 'x')], /not a directory/],
    ['a folder as a file', [writeEdit('folder', 'x')], /not a regular file/],
    ['a link', [writeEdit('link.txt', 'x')], /not a regular file/],
    ['a folder that is a link', [writeEdit('up/x.txt', 'x')], /not a directory, or a link/],
    ['a hard link', [writeEdit('twin.txt', 'x')], /hard link/],
  ])('because of %s leaves everything as it was', async (_name, edits, reason) => {
    await mkdir(fileOf('folder'));
    await writeFile(join(rig.project.root, 'outside.txt'), 'outside');
    await symlink('../outside.txt', fileOf('link.txt'));
    await symlink('..', fileOf('up'));
    await link(join(rig.project.root, 'outside.txt'), fileOf('twin.txt'));
    const before = await snapshotTree(rig.project.root);

    const { receipt, phases } = await apply({
      edits: [writeEdit('first.txt', 'never written'), ...edits],
    });

    expect(receipt).toMatchObject({
      outcome: 'rejected',
      failedPhase: 'check',
      reason: expect.stringMatching(reason),
      files: [],
    });
    expect(phases).toEqual(['check running', 'check failed']);
    expect(await snapshotTree(rig.project.root)).toEqual(before);
  });

  it.each([
    ['../x', 'path_not_permitted'],
    ['/etc/x', 'path_not_permitted'],
    ['a/../../x', 'path_not_permitted'],
    ['.git/hooks/post-checkout', 'path_not_permitted'],
    ['nul\0', 'path_not_permitted'],
  ])('with the path %j is answered %s', async (path, code) => {
    expect((await apply({ edits: [writeEdit(path, 'x')] })).response).toMatchObject({
      ok: false,
      code,
    });
  });

  it.each([['not json'], ['{}'], ['null']])('that is %j is answered bad_request', async (body) => {
    const stream = rig.tunnel.open({ method: 'change-set.apply' });
    stream.end(body);

    expect(await responseOf(stream)).toMatchObject({ ok: false, code: 'bad_request' });
  });

  it('names one file twice, however it is spelled', async () => {
    const { response } = await apply({
      edits: [writeEdit('Ü.txt'.normalize('NFC'), '1'), writeEdit('ü.txt'.normalize('NFD'), '2')],
    });

    expect(response).toMatchObject({ ok: false, code: 'bad_request' });
  });
});

describe('accepted as source', () => {
  it.each([
    ['module in a package of scripts', 'public/app.js', 'import x from "./x.js"; await x();'],
    ['script', 'tool.cjs', '#!/usr/bin/env node\nreturn;'],
    ['module', 'tool.mjs', 'export const x = 1;'],
    ['commented tsconfig', 'tsconfig.json', '{ /* why */ }'],
    ['unknown language', 'x.zig', 'whatever'],
  ])('%s', async (_name, path, source) => {
    expect((await apply({ edits: [writeEdit(path, source)] })).receipt).toMatchObject({
      outcome: 'committed',
    });
  });
});

describe('a change set that fails', () => {
  let port: number;
  let before: Record<string, string>;

  beforeEach(async () => {
    port = await freePort();
    await apply(app(port));
    before = await snapshotTree(rig.project.directory);
  });

  async function expectOld(): Promise<void> {
    expect(await snapshotTree(rig.project.directory)).toEqual(before);
    expect(await answer(port)).toBe('old');
  }

  it('because the app exits is undone, with its last words as the reason', async () => {
    const { receipt, phases } = await apply({
      edits: [writeEdit('server.js', appSource('new', 'exits')), writeEdit('a/b.txt', 'x')],
      ...app(port),
    });

    expect(receipt).toMatchObject({
      outcome: 'rolled_back',
      failedPhase: 'probe',
      restored: true,
      reason: expect.stringMatching(/exit code 3[^]*spoon/),
    });
    expect(phases.slice(-2)).toEqual(['rollback running', 'rollback done']);
    await expectOld();
  });

  it('because the app answers with errors is undone', async () => {
    const { receipt } = await apply({
      edits: [writeEdit('server.js', appSource('new', 'fails'))],
      ...app(port),
      probe: { port, path: '/', timeoutMs: 700 },
    });

    expect(receipt).toMatchObject({
      outcome: 'rolled_back',
      failedPhase: 'probe',
      restored: true,
      probe: { status: 500 },
    });
    await expectOld();
  });

  it('because the app does not listen is undone', async () => {
    const { receipt } = await apply({
      edits: [writeEdit('server.js', 'setInterval(() => {}, 1000)')],
      ...app(port),
      probe: { port, path: '/', timeoutMs: 700 },
    });

    expect(receipt).toMatchObject({
      outcome: 'rolled_back',
      probe: { status: null },
      restored: true,
    });
    await expectOld();
  });

  it('because the build fails is undone without touching the running app', async () => {
    const pid = rig.parts.supervisor.current('app')?.pid;
    const { receipt } = await apply({
      edits: [writeEdit('server.js', appSource('new'))],
      build: { command: 'echo the oven is cold >&2; exit 2', timeoutMs: 5_000 },
      ...app(port),
    });

    expect(receipt).toMatchObject({
      outcome: 'rolled_back',
      failedPhase: 'build',
      reason: expect.stringMatching(/exit code 2[^]*oven/),
    });
    expect(rig.parts.supervisor.current('app')?.pid).toBe(pid);
    await expectOld();
  });

  it('because the build takes too long is undone', async () => {
    const { receipt } = await apply({
      edits: [writeEdit('x.txt', 'x')],
      build: { command: 'sleep 60', timeoutMs: 200 },
    });

    expect(receipt).toMatchObject({
      outcome: 'rolled_back',
      failedPhase: 'build',
      reason: expect.stringContaining('longer than 200 ms'),
    });
    await expectOld();
  });

  it('keeps a copy of what somebody edited meanwhile', async () => {
    const { receipt } = await apply({
      edits: [writeEdit('notes.txt', 'by the change set', null)],
      build: {
        command: 'echo by hand > notes.txt; test -e second || { touch second; exit 1; }',
        timeoutMs: 5_000,
      },
    });

    expect(receipt).toMatchObject({
      outcome: 'rolled_back',
      reason: expect.stringContaining('notes.txt'),
    });
    const [folder = ''] = await readdir(join(rig.project.state, 'kept'));
    expect(await readFile(join(rig.project.state, 'kept', folder, '0-notes.txt'), 'utf8')).toBe(
      'by hand\n',
    );
  });
});

describe('a change set whose second file cannot be written', () => {
  const request = changeSet({ edits: [writeEdit('a.txt', 'new a'), writeEdit('b.txt', 'new b')] });
  const inTheWay = () => fileOf(`.spt-flow-${request.id}-1.tmp`);

  /** Something in the temporary file's place stands for any error of the file system. */
  async function applyWith(plant: () => Promise<unknown>) {
    await rig.close();
    const step = async (name: string) => {
      if (name === 'journal.prepared') await plant();
    };
    rig = await createRig(built.folder, { 'a.txt': 'old a', 'b.txt': 'old b' }, { step });
    return {
      before: await snapshotTree(rig.project.directory),
      applied: applyChangeSet(rig.tunnel, request),
    };
  }

  it('is undone', async () => {
    const { before, applied } = await applyWith(() => writeFile(inTheWay(), ''));

    expect((await applied).receipt).toMatchObject({
      outcome: 'rolled_back',
      failedPhase: 'write',
      restored: true,
      reason: expect.stringContaining('EEXIST'),
    });
    expect(await snapshotTree(rig.project.directory)).toEqual(before);
  });

  it('and not be undone either is undone before the next one begins', async () => {
    const { before, applied } = await applyWith(() => mkdir(inTheWay()));
    await expect(applied).rejects.toMatchObject({ code: 'internal' });
    await rm(inTheWay(), { recursive: true });

    await waitUntil(async () => {
      const next = await apply({ edits: [writeEdit('broken.json', '{')] });
      return next.receipt?.outcome === 'rejected';
    });

    expect(await snapshotTree(rig.project.directory)).toEqual(before);
  });
});

it('a second change set at the same time is answered busy', async () => {
  const slow = apply({
    build: { command: 'until test -e go; do sleep 0.05; done', timeoutMs: 20_000 },
  });
  await waitUntil(() => rig.parts.engine.isBusy);

  const second = await apply({ edits: [writeEdit('x.txt', 'x')] });
  const start = rig.tunnel.open({ method: 'process.start', name: 'app', command: 'true', env: {} });

  expect(second.response).toMatchObject({ ok: false, code: 'busy' });
  expect(await responseOf(start)).toMatchObject({ ok: false, code: 'busy' });
  await writeFile(fileOf('go'), '');
  expect((await slow).receipt).toMatchObject({ outcome: 'committed' });
});
